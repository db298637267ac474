package dev.nereid.models.operators.movement;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Pad with a constant: some rows at a time are filled, and the input is copied into them while they are cached. Rows are
 * places along {@code axis}, in front of which nothing is added or taken away. Of elements of a fixed size.
 *
 * @param dims of the part of x that is in y
 * @param from its first element in x
 * @param before rows of y in front of its first one
 * @param to its first element in y
 * @param value the element around it
 */
@SuppressWarnings("ArrayRecordComponent")
record PadWithConstant(long[] dims, int axis, Tensor x, long from, Tensor y, long before, long to, Tensor value) {
    /** Bytes that are filled at a time: they are still in the L2 cache when they are copied over. */
    private static final long BYTES = 128 << 10;

    void run(ElementMover elements, Workers workers) {
        long height = y.shape().dim(axis);
        long width = y.shape().strides()[axis];
        long planes = y.shape().elements(0, axis);
        long rows = Math.max(1, BYTES / Math.max(1, width * y.dataType().bytes()));
        long some = Math.max(1, rows / Math.max(1, height));
        if (some > 1 || rows >= height) {
            long groups = Math.ceilDiv(planes, some);
            Parallel.rows(workers, groups, some * height * width, y.dataType(), (group, count) -> {
                for (long first = group * some; first < Math.min(planes, (group + count) * some); first += some) {
                    some(elements, first, Math.min(some, planes - first), 0, height);
                }
            });
            return;
        }
        long parts = Math.ceilDiv(height, rows);
        Parallel.rows(workers, planes * parts, rows * width, y.dataType(), (part, count) -> {
            for (long at = part; at < part + count; at++) {
                long first = at % parts * rows;
                some(elements, at / parts, 1, first, Math.min(rows, height - first));
            }
        });
    }

    /** Of some planes all rows, or of one plane some. */
    private void some(ElementMover elements, long plane, long planes, long row, long rows) {
        long height = y.shape().dim(axis);
        long width = y.shape().strides()[axis];
        long bytes = y.dataType().bytes();
        long begin = (plane * height + row) * width;
        long count = planes * rows * width;
        MemorySegment filled = y.segment().asSlice(begin * bytes, count * bytes);
        elements.kernels().fill((int) bytes, count, value.segment(), filled, Workers.single());
        long first = Math.max(row, before);
        long copied = Math.min(row + rows, before + dims[axis]) - first;
        if (copied <= 0) {
            return;
        }
        int inner = dims.length - axis;
        long[] box = new long[1 + inner];
        long[] xStrides = new long[1 + inner];
        long[] yStrides = new long[1 + inner];
        box[0] = planes;
        xStrides[0] = x.shape().dim(axis) * x.shape().strides()[axis];
        yStrides[0] = height * width;
        System.arraycopy(dims, axis, box, 1, inner);
        System.arraycopy(x.shape().strides(), axis, xStrides, 1, inner);
        System.arraycopy(y.shape().strides(), axis, yStrides, 1, inner);
        box[1] = copied;
        long xFirst = from + plane * xStrides[0] + (first - before) * xStrides[1];
        long yFirst = to + plane * yStrides[0] + (first - before) * yStrides[1];
        elements.copy(box, x, xFirst, xStrides, y, yFirst, yStrides, Workers.single());
    }
}
