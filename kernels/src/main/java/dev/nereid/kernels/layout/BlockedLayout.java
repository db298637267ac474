package dev.nereid.kernels.layout;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The layout kernels for a CPU with caches: whole rows are copied at once where both sides are dense, and a transpose
 * goes tile by tile so that neither side's lines are touched twice. Work is split over the outermost axis.
 */
public final class BlockedLayout implements LayoutKernels {
    /** Bytes that are worth waking a worker for. */
    private static final long TASK_BYTES = 1 << 18;

    /** Bytes of rows that are worth a call. */
    private static final long CALL_BYTES = 2048;

    private final TransposeKernel matrices;

    /** The layout kernels of Java. */
    public BlockedLayout() {
        this(new TileTranspose());
    }

    /** @param matrices what transposes matrices of words and of bytes */
    public BlockedLayout(TransposeKernel matrices) {
        this.matrices = matrices;
    }

    @Override
    public void copy(
            int elementBytes,
            long[] dims,
            MemorySegment x,
            long xOffset,
            long[] xStrides,
            MemorySegment y,
            long yOffset,
            long[] yStrides,
            Workers workers) {
        StridedCopy box = StridedCopy.of(dims, xStrides, yStrides);
        if (box.elements() == 0) {
            return;
        }
        int tasks = tasks(box.elements() * elementBytes, box.dims()[0], workers);
        long extent = box.dims()[0];
        if (tasks == 1) {
            copySlice(elementBytes, box, 0, extent, x, xOffset, y, yOffset);
            return;
        }
        workers.run(tasks, task -> {
            long from = extent * task / tasks;
            long to = extent * (task + 1) / tasks;
            copySlice(elementBytes, box, from, to, x, xOffset, y, yOffset);
        });
    }

    @Override
    public void gather(
            long blockBytes,
            long outer,
            long extent,
            long count,
            MemorySegment x,
            MemorySegment indices,
            MemorySegment y,
            Workers workers) {
        long blocks = outer * count;
        int tasks = tasks(blocks * blockBytes, blocks, workers);
        if (BlockGather.suits(blocks, blockBytes, x, indices, y)) {
            BlockGather picked = BlockGather.of(blockBytes, outer, extent, count, x, indices, y);
            workers.run(tasks, task -> picked.run(blocks * task / tasks, blocks * (task + 1) / tasks));
            return;
        }
        workers.run(tasks, task -> {
            long to = blocks * (task + 1) / tasks;
            for (long block = blocks * task / tasks; block < to; ) {
                long o = block / count;
                long end = Math.min(to, (o + 1) * count);
                gatherRun(blockBytes, o, extent, count, block, end, x, indices, y);
                block = end;
            }
        });
    }

    @Override
    public void gatherElements(
            int elementBytes,
            long[] dims,
            long[] xStrides,
            int axis,
            long extent,
            int indexBytes,
            MemorySegment x,
            MemorySegment indices,
            MemorySegment y,
            Workers workers) {
        ElementGather picked = new ElementGather(elementBytes, dims, xStrides, axis, extent, indexBytes, x, indices, y);
        long rows = picked.rows();
        if (rows == 0) {
            return;
        }
        int tasks = tasks(rows * dims[dims.length - 1] * elementBytes, rows, workers);
        workers.run(tasks, task -> picked.run(rows * task / tasks, rows * (task + 1) / tasks));
    }

    @Override
    public void scatter(long blockBytes, long count, MemorySegment x, MemorySegment indices, MemorySegment y) {
        for (long i = 0; i < count; i++) {
            long index = indices.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
            copyBlock(x, i * blockBytes, y, index * blockBytes, blockBytes);
        }
    }

    @Override
    public void fill(int elementBytes, long count, MemorySegment value, MemorySegment y, Workers workers) {
        int tasks = tasks(count * elementBytes, count, workers);
        workers.run(tasks, task -> {
            long from = count * task / tasks;
            long to = count * (task + 1) / tasks;
            LayoutLoops.copy(elementBytes, to - from, value, 0, 0, y, from * elementBytes, 1);
        });
    }

    @Override
    public void triangle(int elementBytes, Triangle triangle, MemorySegment x, MemorySegment y, Workers workers) {
        long all = triangle.allRows();
        if (all * triangle.columns() == 0) {
            return;
        }
        int tasks = tasks(all * triangle.columns() * elementBytes, all, workers);
        TriangleRows rows = TriangleRows.of(elementBytes, triangle, x, y);
        workers.run(tasks, task -> rows.run(all * task / tasks, all * (task + 1) / tasks));
    }

    /** Blocks [from, to), all of the outer index {@code o}. */
    private static void gatherRun(
            long blockBytes,
            long o,
            long extent,
            long count,
            long from,
            long to,
            MemorySegment x,
            MemorySegment indices,
            MemorySegment y) {
        for (long block = from; block < to; block++) {
            long index = indices.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * (block - o * count));
            copyBlock(x, (o * extent + index) * blockBytes, y, block * blockBytes, blockBytes);
        }
    }

    private static void copyBlock(MemorySegment x, long xOffset, MemorySegment y, long yOffset, long bytes) {
        if (bytes == 4) {
            y.set(ValueLayout.JAVA_INT_UNALIGNED, yOffset, x.get(ValueLayout.JAVA_INT_UNALIGNED, xOffset));
        } else if (bytes == 8) {
            y.set(ValueLayout.JAVA_LONG_UNALIGNED, yOffset, x.get(ValueLayout.JAVA_LONG_UNALIGNED, xOffset));
        } else {
            MemorySegment.copy(x, xOffset, y, yOffset, bytes);
        }
    }

    /** The part [from, to) of the box along its outermost axis. */
    private void copySlice(
            int elementBytes,
            StridedCopy box,
            long from,
            long to,
            MemorySegment x,
            long xOffset,
            MemorySegment y,
            long yOffset) {
        long[] dims = box.dims().clone();
        dims[0] = to - from;
        long xStart = (xOffset + from * box.xStrides()[0]) * elementBytes;
        long yStart = (yOffset + from * box.yStrides()[0]) * elementBytes;
        int inner = box.rank() - 1;
        boolean fills =
                LayoutLoops.suitsFilling(elementBytes, dims[inner], box.xStrides()[inner], box.yStrides()[inner], x, y);
        // Of two columns each is every second element: to pick them is faster than to transpose.
        int dense = box.yStrides()[inner] == 1 && box.xStrides()[inner] != 1 && !fills ? box.denseAxisOfX() : -1;
        boolean pairs = dense >= 0 && dims[dense] == 2 && inner > 1 && box.xStrides()[inner] == 2;
        int crossing = pairs ? -1 : dense;
        boolean byRows = crossing < 0
                && inner > 0
                && LayoutLoops.suitsRows(elementBytes, dims[inner], box.xStrides()[inner], box.yStrides()[inner], x, y);
        // The axis beside the innermost that one call walks.
        int second = byRows ? rowAxis(elementBytes, dims) : crossing;
        long[] position = new long[box.rank()];
        long xAt = xStart;
        long yAt = yStart;
        do {
            if (crossing >= 0) {
                LayoutLoops.transpose(
                        matrices,
                        elementBytes,
                        dims[inner],
                        dims[crossing],
                        x,
                        xAt,
                        box.xStrides()[inner],
                        y,
                        yAt,
                        box.yStrides()[crossing]);
            } else if (byRows) {
                LayoutLoops.copyRows(
                        elementBytes,
                        dims[second],
                        dims[inner],
                        x,
                        xAt,
                        box.xStrides()[second],
                        box.xStrides()[inner],
                        y,
                        yAt,
                        box.yStrides()[second]);
            } else {
                LayoutLoops.copy(
                        elementBytes, dims[inner], x, xAt, box.xStrides()[inner], y, yAt, box.yStrides()[inner]);
            }
            int axis = inner - 1;
            while (axis >= 0) {
                if (axis != second) {
                    xAt += box.xStrides()[axis] * elementBytes;
                    yAt += box.yStrides()[axis] * elementBytes;
                    if (++position[axis] < dims[axis]) {
                        break;
                    }
                    xAt -= box.xStrides()[axis] * elementBytes * dims[axis];
                    yAt -= box.yStrides()[axis] * elementBytes * dims[axis];
                    position[axis] = 0;
                }
                axis--;
            }
            if (axis < 0) {
                return;
            }
        } while (true);
    }

    /** Of the axes outside the innermost the next one, where its rows are bytes enough for a call, else the longest. */
    private static int rowAxis(int elementBytes, long... dims) {
        int next = dims.length - 2;
        if (dims[next] * dims[next + 1] * elementBytes >= CALL_BYTES) {
            return next;
        }
        int longest = next;
        for (int axis = next - 1; axis >= 0; axis--) {
            longest = dims[axis] > dims[longest] ? axis : longest;
        }
        return longest;
    }

    private static int tasks(long bytes, long splits, Workers workers) {
        return (int) Math.max(1, Math.min(Math.min(workers.count(), splits), bytes / TASK_BYTES));
    }
}
