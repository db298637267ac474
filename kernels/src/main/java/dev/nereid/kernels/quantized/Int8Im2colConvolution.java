package dev.nereid.kernels.quantized;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Int8 convolution by im2col: the elements under the windows are copied, some windows at a time, to rows that stay in the
 * cache, and multiplied with the filters as columns by other product kernels. Elements of a row are in the order [window,
 * channels].
 */
public final class Int8Im2colConvolution implements Int8ConvolutionKernels {
    private static final int BLOCK = 48;
    private static final long ALIGNMENT = 64;

    private final Int8ProductKernels products;
    private final QuantizationKernels quantization;

    /** The memory of one task: parts of one block of scratch. */
    private record Buffers(
            MemorySegment rows, MemorySegment left, MemorySegment scratch, MemorySegment sums, MemorySegment bytes) {}

    /** Convolutions by the products of {@code products}, whose sums {@code quantization} turns into bytes. */
    public Int8Im2colConvolution(Int8ProductKernels products, QuantizationKernels quantization) {
        this.products = products;
        this.quantization = quantization;
    }

    @Override
    public long filterBytes(FilterShape shape) {
        return shape.groups() * groupBytes(shape);
    }

    @Override
    public long filterScratchBytes(FilterShape shape) {
        return (long) shape.k() * shape.groupOutputs();
    }

    private long groupBytes(FilterShape shape) {
        return aligned(products.rightBytes(shape.k(), shape.groupOutputs()));
    }

    @Override
    public Int8Filters filters(
            FilterShape shape, boolean signed, MemorySegment w, MemorySegment memory, MemorySegment scratch) {
        int k = shape.k();
        int n = shape.groupOutputs();
        int elements = shape.windowElements();
        for (int group = 0; group < shape.groups(); group++) {
            for (int j = 0; j < n; j++) {
                for (int i = 0; i < k; i++) {
                    long from = ((long) group * n + j) * k + i;
                    long to = ((long) (i % elements) * shape.channels() + i / elements) * n + j;
                    scratch.set(ValueLayout.JAVA_BYTE, to, w.get(ValueLayout.JAVA_BYTE, from));
                }
            }
            products.right(signed, k, n, scratch, right(shape, group, memory));
        }
        return new Int8Filters(memory, signed, shape);
    }

    private MemorySegment right(FilterShape shape, int group, MemorySegment memory) {
        return memory.asSlice(group * groupBytes(shape), products.rightBytes(shape.k(), shape.groupOutputs()));
    }

    @Override
    public long scratchBytes(ByteWindows windows, FilterShape shape, Workers workers) {
        return workers.count() * taskBytes(shape);
    }

    private long taskBytes(FilterShape shape) {
        int k = shape.k();
        int n = shape.groupOutputs();
        return aligned((long) BLOCK * k)
                + aligned(products.leftBytes(BLOCK, k))
                + aligned(products.scratchBytes(BLOCK, k, n))
                + aligned(4L * BLOCK * n)
                + aligned((long) BLOCK * n);
    }

    private Buffers buffers(FilterShape shape, MemorySegment memory) {
        int k = shape.k();
        int n = shape.groupOutputs();
        long[] lengths = {
            (long) BLOCK * k,
            products.leftBytes(BLOCK, k),
            products.scratchBytes(BLOCK, k, n),
            4L * BLOCK * n,
            (long) BLOCK * n
        };
        MemorySegment[] parts = new MemorySegment[lengths.length];
        long at = 0;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = memory.asSlice(at, lengths[i]);
            at += aligned(lengths[i]);
        }
        return new Buffers(parts[0], parts[1], parts[2], parts[3], parts[4]);
    }

    @Override
    public void convolve(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        int positions = windows.positions();
        int tasks = workers.count();
        int step = Math.ceilDiv(positions, tasks);
        long taskBytes = taskBytes(w.shape());
        workers.run(step == 0 ? 0 : Math.ceilDiv(positions, step), task -> {
            Buffers buffers = buffers(w.shape(), scratch.asSlice(task * taskBytes, taskBytes));
            int end = Math.min(positions, (task + 1) * step);
            for (int first = task * step; first < end; first += BLOCK) {
                for (int group = 0; group < w.shape().groups(); group++) {
                    block(windows, x, w, wZero, requantization, first, Math.min(BLOCK, end - first), group, buffers, y);
                }
            }
        });
    }

    private void block(
            ByteWindows windows,
            ByteImage x,
            Int8Filters w,
            ZeroPoints wZero,
            Optional<Requantization> requantization,
            int first,
            int count,
            int group,
            Buffers buffers,
            MemorySegment y) {
        FilterShape shape = w.shape();
        int n = shape.groupOutputs();
        gather(windows, x, shape, first, count, group, buffers.rows());
        Int8Left left = products.left(x.signed(), count, shape.k(), buffers.rows(), buffers.left(), Workers.single());
        Int8Right right = new Int8Right(right(shape, group, w.memory()), w.signed(), shape.k(), n);
        products.multiply(
                left,
                ZeroPoints.uniform(x.zeroPoint()),
                right,
                wZero.from(group * n),
                Optional.empty(),
                buffers.sums(),
                buffers.scratch(),
                Workers.single());
        int width = requantization.isPresent() ? 1 : 4;
        MemorySegment results = requantization.isPresent() ? buffers.bytes() : buffers.sums();
        if (requantization.isPresent()) {
            Requantization own = requantization.get().from(group * n);
            quantization.requantize(
                    count,
                    n,
                    buffers.sums(),
                    own.bias(),
                    own.multipliers(),
                    own.signed(),
                    own.zeroPoint(),
                    buffers.bytes());
        }
        for (int i = 0; i < count; i++) {
            long to = ((long) first + i) * shape.outputs() + (long) group * n;
            MemorySegment.copy(results, (long) width * i * n, y, width * to, (long) width * n);
        }
    }

    private static void gather(
            ByteWindows windows, ByteImage x, FilterShape shape, int first, int count, int group, MemorySegment rows) {
        long[] at = ByteWindows.index(first, windows.output());
        long[] in = new long[windows.axes()];
        int channels = shape.channels();
        int elements = shape.windowElements();
        long to = 0;
        for (int i = 0; i < count; i++) {
            for (int element = 0; element < elements; element++) {
                long position = windows.inputPosition(at, in);
                if (position < 0) {
                    rows.asSlice(to, channels).fill((byte) x.zeroPoint());
                } else {
                    long from = position * shape.allChannels() + (long) group * channels;
                    MemorySegment.copy(x.segment(), from, rows, to, channels);
                }
                to += channels;
                ByteWindows.advance(in, windows.window());
            }
            ByteWindows.advance(at, windows.output());
        }
    }

    private static long aligned(long bytes) {
        return Int8Panels.roundUp(bytes, ALIGNMENT);
    }
}
