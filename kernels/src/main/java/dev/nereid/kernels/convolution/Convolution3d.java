package dev.nereid.kernels.convolution;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * 3-D convolution: the frames that the kernel spans are put side by side as channels, and a 2-D convolution sums over all of
 * them. Some frames of y at a time, so that the copies stay in a cache.
 */
final class Convolution3d implements PreparedConvolution {
    /** Bytes of stacked frames at a time; one frame of y at the least. */
    private static final long BLOCK_BYTES = 1 << 20;

    private static final long ALIGNMENT = 64;

    private final ConvShape shape;
    private final Window frames;
    private final Window plane;
    private final FramesAsChannels stack;
    private final int block;
    private final PreparedConvolution blocks;
    private final PreparedConvolution rest;

    Convolution3d(ConvShape shape, ChannelsLastKernels kernels, PackedFilters w) {
        this.shape = shape;
        this.frames = Filters3d.frames(shape.window());
        this.plane = Filters3d.plane(shape.window());
        this.stack = new FramesAsChannels(plane.inputs(), shape.groups(), shape.groupChannels());
        int count = count();
        this.block = Math.clamp(BLOCK_BYTES / Math.max(1, stack.bytes(taps())), 1, Math.max(1, count));
        this.blocks = kernels.prepare(flat(block), w);
        this.rest = kernels.prepare(flat(count % block), w);
    }

    private int taps() {
        return frames.kernel()[0];
    }

    /** Frames of y in all items. */
    private int count() {
        return Math.multiplyExact(shape.batch(), frames.output()[0]);
    }

    private ConvShape flat(int batch) {
        return new ConvShape(batch, shape.channels() * taps(), shape.filters(), shape.groups(), plane);
    }

    private long blockBytes() {
        return (block * stack.bytes(taps()) + ALIGNMENT - 1) & -ALIGNMENT;
    }

    @Override
    public long scratchBytes(int workers) {
        return blockBytes() + Math.max(blocks.scratchBytes(workers), rest.scratchBytes(workers));
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
        SegmentChecks.convolution(shape, x, bias, residual, y, scratch, scratchBytes(workers.count()));
        long made = (long) plane.outputs() * shape.filters() * Float.BYTES;
        MemorySegment stacked = scratch.asSlice(0, blockBytes());
        MemorySegment memory = scratch.asSlice(blockBytes());
        int count = count();
        for (int first = 0; first < count; first += block) {
            int taken = Math.min(block, count - first);
            int begin = first;
            int shares = Math.min(workers.count(), taken);
            (shares == 1 ? Workers.single() : workers).run(shares, share -> {
                for (int at = TaskSplit.first(taken, share, shares);
                        at < TaskSplit.first(taken, share + 1, shares);
                        at++) {
                    long to = stacked.address() + at * stack.bytes(taps());
                    stack.stack(sources(x.address(), begin + at), to);
                }
            });
            (taken == block ? blocks : rest)
                    .run(
                            stacked,
                            bias,
                            activation,
                            residual.map(all -> all.asSlice(begin * made, taken * made)),
                            y.asSlice(begin * made, taken * made),
                            memory,
                            workers);
        }
    }

    /** Where the frames of x lie that a frame of y is made of. */
    private long[] sources(long x, int frame) {
        int item = frame / frames.output()[0];
        long[] sources = new long[taps()];
        for (int tap = 0; tap < sources.length; tap++) {
            int source = frames.position(0, frame % frames.output()[0], tap);
            sources[tap] = source < 0 || source >= frames.input()[0]
                    ? FramesAsChannels.ZEROS
                    : x + ((long) item * frames.input()[0] + source) * stack.bytes(1);
        }
        return sources;
    }
}
