package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Transposed convolution over three axes with the channels last. Which taps those are repeats with the stride. */
final class TransposedConvolution3d implements PreparedConvolution {
    private static final long ALIGNMENT = 64;

    private final ConvShape shape;
    private final Window frames;
    private final Window plane;
    private final FramesAsChannels stack;
    private final List<PreparedConvolution> phases = new ArrayList<>();

    /**
     * @param shape over three axes: which convolution makes x from y
     * @param packed filters of each phase, whose inputs are those of as many frames as taps meet
     */
    TransposedConvolution3d(ConvShape shape, ChannelsLastKernels kernels, List<PackedTransposed> packed) {
        this.shape = shape;
        this.frames = Filters3d.frames(shape.window());
        this.plane = Filters3d.plane(shape.window());
        this.stack = new FramesAsChannels(plane.outputs(), 1, shape.filters());
        for (PackedTransposed phase : packed) {
            ConvShape flat = new ConvShape(1, shape.channels(), phase.filters().inputs(), shape.groups(), plane);
            phases.add(kernels.prepareTransposed(flat, phase));
        }
    }

    /** Taps that meet a frame whose first one is {@code first}. */
    static int taps(int kernel, int stride, int first) {
        return Math.ceilDiv(kernel - first, stride);
    }

    private int most() {
        return taps(frames.kernel()[0], frames.stride()[0], 0);
    }

    private long stackBytes() {
        return (stack.bytes(most()) + ALIGNMENT - 1) & -ALIGNMENT;
    }

    @Override
    public long scratchBytes(int workers) {
        return stackBytes()
                + phases.stream()
                        .mapToLong(phase -> phase.scratchBytes(workers))
                        .max()
                        .orElse(0);
    }

    @Override
    public void run(
            MemorySegment x,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        int count = Math.multiplyExact(shape.batch(), frames.input()[0]);
        long made = (long) plane.inputs() * shape.channels() * Float.BYTES;
        SegmentChecks.floats("x", x, shape.batch() * (stack.bytes(1) / Float.BYTES) * frames.output()[0]);
        SegmentChecks.floats("y", y, count * (made / Float.BYTES));
        MemorySegment stacked = scratch.asSlice(0, stackBytes());
        MemorySegment memory = scratch.asSlice(stackBytes());
        for (int frame = 0; frame < count; frame++) {
            long[] sources = sources(x.address(), frame);
            int first = (frame % frames.input()[0] + frames.padding()[0]) % frames.stride()[0];
            phases.get(first)
                    .run(
                            read(x, sources, stacked),
                            bias,
                            activation,
                            slice(residual, frame * made, made),
                            y.asSlice(frame * made, made),
                            memory,
                            workers);
        }
    }

    private static Optional<MemorySegment> slice(Optional<MemorySegment> segment, long from, long bytes) {
        return segment.map(all -> all.asSlice(from, bytes));
    }

    /** A single frame is read where it lies. */
    private MemorySegment read(MemorySegment x, long[] sources, MemorySegment stacked) {
        if (sources.length == 1 && sources[0] != FramesAsChannels.ZEROS) {
            return x.asSlice(sources[0] - x.address(), stack.bytes(1));
        }
        stack.stack(sources, stacked.address());
        return stacked;
    }

    private long[] sources(long x, int frame) {
        int item = frame / frames.input()[0];
        int place = frame % frames.input()[0] + frames.padding()[0];
        int stride = frames.stride()[0];
        long[] sources = new long[taps(frames.kernel()[0], stride, place % stride)];
        for (int at = 0; at < sources.length; at++) {
            int source = place / stride - at;
            sources[at] = source < 0 || source >= frames.output()[0]
                    ? FramesAsChannels.ZEROS
                    : x + ((long) item * frames.output()[0] + source) * stack.bytes(1);
        }
        return sources;
    }
}
