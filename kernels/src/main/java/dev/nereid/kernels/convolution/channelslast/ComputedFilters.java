package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.RowCopies;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.Matrix;
import java.lang.foreign.MemorySegment;

/** Packs computed (non-constant) filters in every run: panels by the transposition that products have. */
final class ComputedFilters {
    private ComputedFilters() {}

    private static boolean arePanels(Filters filters) {
        return !filters.isDepthwise() && !NarrowGroupConvolution.suits(filters);
    }

    /** Bytes of scratch memory that {@link #pack} needs. */
    static long scratchBytes(Filters filters, FloatPanelKernel kernel) {
        return arePanels(filters)
                ? FilterPanels.of(filters, kernel).bytes() / filters.groups()
                : filters.elements() * Float.BYTES;
    }

    /**
     * Packs filters as {@link RowKernelChoice#pack} does.
     *
     * @param frames as {@link ChannelsLastKernels#packComputed} has it, like all else
     */
    static void pack(
            FloatPanelKernel kernel,
            Filters filters,
            int frames,
            MemorySegment w,
            MemorySegment memory,
            MemorySegment scratch) {
        if (arePanels(filters)) {
            panels(kernel, filters, frames, w, memory, scratch);
        } else {
            memory.fill((byte) 0);
            RowKernelChoice.pack(filters, kernel, filters.stacked(frames, w, scratch), memory);
        }
    }

    private static void panels(
            FloatPanelKernel kernel,
            Filters filters,
            int frames,
            MemorySegment w,
            MemorySegment memory,
            MemorySegment scratch) {
        FilterPanels panels = FilterPanels.of(filters, kernel);
        int depth = filters.depth();
        int padded = kernel.padded(filters.groupFilters());
        boolean inOrder = filters.taps() == 1 && frames == 1;
        for (int group = 0; group < filters.groups(); group++) {
            long first = (long) group * filters.groupFilters() * depth;
            Matrix own = Matrix.of(w, first, filters.groupFilters(), depth);
            if (inOrder) {
                kernel.packTransposed(own, padded, memory.asSlice(panels.offset(group, 0), scratch.byteSize()));
                continue;
            }
            kernel.packTransposed(own, padded, scratch);
            for (int panel = 0; panel < panels.count(); panel++) {
                long bytes = (long) panels.width(panel) * Float.BYTES;
                long to = memory.address() + panels.offset(group, panel);
                reorder(filters, frames, scratch.address() + panels.offset(0, panel), to, bytes);
            }
        }
    }

    /** Copies rows in the order (channel, frame, tap) to the order (tap, frame, channel). */
    private static void reorder(Filters filters, int frames, long from, long to, long bytes) {
        int channels = filters.groupChannels() / frames;
        long source = from;
        for (int channel = 0; channel < channels; channel++) {
            for (int frame = 0; frame < frames; frame++) {
                long target = to + ((long) frame * channels + channel) * bytes;
                for (int tap = 0; tap < filters.taps(); tap++) {
                    RowCopies.copy(source, target, target + bytes);
                    source += bytes;
                    target += filters.groupChannels() * bytes;
                }
            }
        }
    }
}
