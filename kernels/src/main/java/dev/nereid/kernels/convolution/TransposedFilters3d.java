package dev.nereid.kernels.convolution;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The filters of a transposed convolution over three axes, packed: for each place of a frame of y in the stride those of a
 * transposed convolution over two axes, whose inputs are the channels of all frames of x that meet there.
 */
final class TransposedFilters3d {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long ALIGNMENT = 64;

    private final ConvShape shape;
    private final ChannelsLastKernels kernels;

    /** @param shape over three axes, of any extents: which convolution makes x from y; one group, no dilation */
    public TransposedFilters3d(ConvShape shape, ChannelsLastKernels kernels) {
        this.shape = shape;
        this.kernels = kernels;
    }

    /** Bytes of memory that {@link #pack} needs. */
    public long packedBytes() {
        long bytes = 0;
        for (int phase = 0; phase < stride(); phase++) {
            bytes += aligned(kernels.packedBytes(filters(phase)));
        }
        return bytes;
    }

    /**
     * Packs the filters.
     *
     * @param w [inputs, outputs, frames, rows, columns]
     * @param memory of {@link #packedBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    public List<PackedTransposed> pack(MemorySegment w, MemorySegment memory) {
        List<PackedTransposed> packed = new ArrayList<>();
        long at = 0;
        for (int phase = 0; phase < stride(); phase++) {
            TransposedFilters filters = filters(phase);
            long bytes = aligned(kernels.packedBytes(filters));
            try (NativeMemory flat = NativeMemory.allocate(filters.elements() * Float.BYTES)) {
                gather(w, phase, flat.segment());
                packed.add(kernels.packTransposed(filters, flat.segment(), memory.asSlice(at, bytes)));
            }
            at += bytes;
        }
        return packed;
    }

    /** The transposed convolution made ready for one shape over three axes, by filters that {@link #pack} packed. */
    public PreparedConvolution prepare(ConvShape shape, List<PackedTransposed> packed) {
        return new TransposedConvolution3d(shape, kernels, packed);
    }

    private int stride() {
        return shape.window().stride()[0];
    }

    private TransposedFilters filters(int phase) {
        Window window = shape.window();
        int taps = TransposedConvolution3d.taps(window.kernel()[0], stride(), phase);
        return TransposedFilters.of(
                new ConvShape(1, shape.channels(), shape.filters() * taps, shape.groups(), Filters3d.plane(window)));
    }

    /** To [taps of the phase, inputs, outputs, rows, columns]. */
    private void gather(MemorySegment w, int phase, MemorySegment flat) {
        Window window = shape.window();
        int taps = Filters3d.plane(window).taps();
        int kernel = window.kernel()[0];
        long at = 0;
        for (int frame = phase; frame < kernel; frame += stride()) {
            for (long pair = 0; pair < (long) shape.filters() * shape.channels(); pair++) {
                MemorySegment.copy(
                        w, FLOAT, (pair * kernel + frame) * taps * Float.BYTES, flat, FLOAT, at * Float.BYTES, taps);
                at += taps;
            }
        }
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
