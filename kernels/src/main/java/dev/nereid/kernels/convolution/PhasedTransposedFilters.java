package dev.nereid.kernels.convolution;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Filters of a transposed convolution over up to three axes, split by phase: the outputs at one place in the stride, along
 * every axis, are an ordinary convolution of x with the taps that meet there. Groups, dilated taps, kernels shorter than
 * their stride and any padding are all the same to it.
 */
final class PhasedTransposedFilters {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long ALIGNMENT = 64;
    private static final int VOLUME = 3;

    private final ConvShape shape;
    private final ChannelsLastKernels kernels;

    /** @param shape of any extents: which convolution makes x from y */
    public PhasedTransposedFilters(ConvShape shape, ChannelsLastKernels kernels) {
        this.shape = overWholeAxes(shape);
        this.kernels = kernels;
    }

    private static ConvShape overWholeAxes(ConvShape shape) {
        Window window = shape.window();
        return window.rank() == VOLUME
                ? shape
                : new ConvShape(shape.batch(), shape.channels(), shape.filters(), shape.groups(), window.inTwoAxes());
    }

    private Window window() {
        return shape.window();
    }

    /** Combinations of places, one an axis; the last axis runs fastest. */
    int count() {
        int count = 1;
        for (int stride : window().stride()) {
            count = Math.multiplyExact(count, stride);
        }
        return count;
    }

    /** The phases, one an axis, of combination {@code number}. */
    List<Phase> phases(int number) {
        List<Phase> phases = new ArrayList<>();
        int rest = number;
        for (int axis = window().rank() - 1; axis >= 0; axis--) {
            int stride = window().stride()[axis];
            phases.addFirst(Phase.of(window().kernel()[axis], stride, window().dilation()[axis], rest % stride));
            rest /= stride;
        }
        return phases;
    }

    /** The filters of a combination; empty where no tap meets. */
    private Optional<Filters> filters(List<Phase> phases) {
        int taps = phases.stream().mapToInt(Phase::taps).reduce(1, Math::multiplyExact);
        return taps == 0
                ? Optional.empty()
                : Optional.of(new Filters(shape.channels(), shape.groups(), shape.groupFilters(), taps));
    }

    /** Over three axes the same filters over two. */
    private Filters3d stacked(Filters filters, List<Phase> phases) {
        return Filters3d.stacked(filters, phases.getFirst().taps());
    }

    private Filters flat(Filters filters, List<Phase> phases) {
        return window().rank() == VOLUME ? stacked(filters, phases).flat() : filters;
    }

    private long packedBytes(List<Phase> phases) {
        return filters(phases)
                .map(filters -> aligned(kernels.packedBytes(flat(filters, phases), false)))
                .orElse(0L);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Bytes of memory that {@link #pack} needs. */
    public long packedBytes() {
        long bytes = 0;
        for (int number = 0; number < count(); number++) {
            bytes += packedBytes(phases(number));
        }
        return bytes;
    }

    /** What packs the filters of a combination, [outputs, inputs / groups, taps...], into its part of the memory. */
    @FunctionalInterface
    private interface Packing {
        PackedFilters pack(List<Phase> phases, Filters filters, MemorySegment picked, MemorySegment target);
    }

    /**
     * Packs the filters, for each combination of places those of an ordinary convolution, empty where no tap meets.
     *
     * @param w [inputs, outputs / groups, kernel...]
     * @param memory of {@link #packedBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    public List<Optional<PackedFilters>> pack(MemorySegment w, MemorySegment memory) {
        try (NativeMemory picked = NativeMemory.allocate(elementBytes())) {
            return pack(
                    w,
                    memory,
                    picked.segment(),
                    (phases, filters, own, target) -> window().rank() == VOLUME
                            ? stacked(filters, phases).pack(kernels, false, own, target)
                            : kernels.pack(filters, false, own, target));
        }
    }

    /** Bytes of scratch memory that {@link #packComputed} needs. */
    public long computedScratchBytes() {
        long most = 0;
        for (int number = 0; number < count(); number++) {
            List<Phase> phases = phases(number);
            long bytes = filters(phases)
                    .map(filters -> kernels.computedScratchBytes(flat(filters, phases)))
                    .orElse(0L);
            most = Math.max(most, bytes);
        }
        return aligned(elementBytes()) + most;
    }

    /**
     * Packs the filters as the other way does, anew for every run.
     *
     * @param memory of {@link #packedBytes} with any content, aligned to 64 bytes; good as long as the result is used
     * @param scratch memory of {@link #computedScratchBytes} with any content, aligned to 64 bytes
     */
    public List<Optional<PackedFilters>> packComputed(MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        MemorySegment rest = scratch.asSlice(aligned(elementBytes()));
        return pack(
                w,
                memory,
                scratch,
                (phases, filters, own, target) -> window().rank() == VOLUME
                        ? stacked(filters, phases).packComputed(kernels, own, target, rest)
                        : kernels.packComputed(filters, 1, own, target, rest));
    }

    private long elementBytes() {
        return (long) shape.filters() * shape.groupChannels() * window().taps() * Float.BYTES;
    }

    private List<Optional<PackedFilters>> pack(
            MemorySegment w, MemorySegment memory, MemorySegment picked, Packing packing) {
        SegmentChecks.floats("w", w, elementBytes() / Float.BYTES);
        SegmentChecks.floats("packed filters", memory, packedBytes() / Float.BYTES);
        List<Optional<PackedFilters>> packed = new ArrayList<>();
        long at = 0;
        for (int number = 0; number < count(); number++) {
            List<Phase> phases = phases(number);
            MemorySegment target = memory.asSlice(at, packedBytes(phases));
            packed.add(filters(phases).map(filters -> {
                pick(phases, filters, w, picked);
                return packing.pack(phases, filters, picked, target);
            }));
            at += target.byteSize();
        }
        return packed;
    }

    /** Writes the taps of some phases as [outputs, inputs / groups, taps...]. */
    private void pick(List<Phase> phases, Filters filters, MemorySegment w, MemorySegment target) {
        int all = window().taps();
        int[] taps = taps(phases);
        long to = 0;
        for (int output = 0; output < filters.count(); output++) {
            int group = output / filters.groupFilters();
            int own = output % filters.groupFilters();
            for (int channel = 0; channel < filters.groupChannels(); channel++) {
                long input = (long) group * filters.groupChannels() + channel;
                long from = (input * filters.groupFilters() + own) * all;
                for (int tap : taps) {
                    target.setAtIndex(FLOAT, to++, w.getAtIndex(FLOAT, from + tap));
                }
            }
        }
    }

    /** The numbers of the taps among all of the kernel. */
    private int[] taps(List<Phase> phases) {
        int[] taps = {0};
        for (int axis = 0; axis < phases.size(); axis++) {
            Phase phase = phases.get(axis);
            int[] longer = new int[taps.length * phase.taps()];
            for (int at = 0; at < longer.length; at++) {
                longer[at] = taps[at / phase.taps()] * window().kernel()[axis] + phase.tap(at % phase.taps());
            }
            taps = longer;
        }
        return taps;
    }

    /**
     * The transposed convolution made ready for one shape.
     *
     * @param packed by {@link #pack}; its memory must live as long as the result is used
     */
    public PreparedConvolution prepare(ConvShape given, List<Optional<PackedFilters>> packed) {
        return new PhasedTransposedConvolution(overWholeAxes(given), this, packed);
    }

    /** The ordinary convolution of one combination, made ready for one shape. */
    PreparedConvolution prepare(List<Phase> phases, PackedFilters packed, ConvShape ordinary) {
        return window().rank() == VOLUME
                ? stacked(filters(phases).orElseThrow(), phases).prepare(ordinary, kernels, packed)
                : kernels.prepare(ordinary, packed);
    }
}
