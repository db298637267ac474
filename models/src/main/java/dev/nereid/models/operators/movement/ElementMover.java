package dev.nereid.models.operators.movement;

import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Moves elements of any datatype: fixed-size ones by the layout kernels, strings by reference. */
public record ElementMover(LayoutKernels kernels) {
    /** An element as bytes, or a string, held apart from any run's memory. */
    static final byte[] EMPTY_STRING = {};

    /** As {@link LayoutKernels#copy}: a strided box. */
    void copy(
            long[] dims,
            Tensor x,
            long xOffset,
            long[] xStrides,
            Tensor y,
            long yOffset,
            long[] yStrides,
            Workers workers) {
        if (x.dataType() == DataType.STRING) {
            copyStrings(0, dims, x.strings(), xOffset, xStrides, y.strings(), yOffset, yStrides);
        } else {
            int bytes = x.dataType().bytes();
            kernels.copy(bytes, dims, x.segment(), xOffset, xStrides, y.segment(), yOffset, yStrides, workers);
        }
    }

    /** All elements, in order. */
    void copyAll(Tensor x, Tensor y, Workers workers) {
        long[] one = {1};
        copy(new long[] {x.shape().elements()}, x, 0, one, y, 0, one, workers);
    }

    /** {@code y[yIndex] = x[xIndex]}, in elements. */
    static void copyOne(Tensor x, long xIndex, Tensor y, long yIndex) {
        if (x.dataType() == DataType.STRING) {
            y.strings()[(int) yIndex] = x.strings()[(int) xIndex];
        } else {
            long bytes = x.dataType().bytes();
            MemorySegment.copy(x.segment(), xIndex * bytes, y.segment(), yIndex * bytes, bytes);
        }
    }

    void transpose(int[] permutation, Tensor x, Tensor y, Workers workers) {
        if (x.dataType() == DataType.STRING) {
            long[] dense = x.shape().strides();
            long[] strides =
                    Arrays.stream(permutation).mapToLong(axis -> dense[axis]).toArray();
            long[] dims = y.shape().dims();
            copyStrings(
                    0, dims, x.strings(), 0, strides, y.strings(), 0, y.shape().strides());
        } else {
            int bytes = x.dataType().bytes();
            kernels.transpose(bytes, x.shape().dims(), permutation, x.segment(), y.segment(), workers);
        }
    }

    /** {@code y[o, i] = x[o, indices[i]]} for x: [outer, extent, block], y: [outer, count, block], in elements. */
    void gather(
            long block,
            long outer,
            long extent,
            long count,
            Tensor x,
            MemorySegment indices,
            Tensor y,
            Workers workers) {
        if (x.dataType() != DataType.STRING) {
            long bytes = block * x.dataType().bytes();
            kernels.gather(bytes, outer, extent, count, x.segment(), indices, y.segment(), workers);
            return;
        }
        for (long o = 0; o < outer; o++) {
            for (long i = 0; i < count; i++) {
                long from = (o * extent + index(indices, i)) * block;
                System.arraycopy(x.strings(), (int) from, y.strings(), (int) ((o * count + i) * block), (int) block);
            }
        }
    }

    /** {@code y[indices[i]] = x[i]} for x: [count, block], in elements; the last of equal indices wins. */
    void scatter(long block, long count, Tensor x, MemorySegment indices, Tensor y) {
        if (x.dataType() != DataType.STRING) {
            kernels.scatter(block * x.dataType().bytes(), count, x.segment(), indices, y.segment());
            return;
        }
        for (long i = 0; i < count; i++) {
            long to = index(indices, i) * block;
            System.arraycopy(x.strings(), (int) (i * block), y.strings(), (int) to, (int) block);
        }
    }

    /** The first element of {@code value} everywhere. */
    void fill(Tensor value, Tensor y, Workers workers) {
        if (y.dataType() == DataType.STRING) {
            Arrays.fill(y.strings(), value.strings()[0]);
        } else {
            int bytes = y.dataType().bytes();
            kernels.fill(bytes, y.shape().elements(), value.segment(), y.segment(), workers);
        }
    }

    /** Zeros, or empty strings. */
    static void clear(Tensor y) {
        if (y.dataType() == DataType.STRING) {
            Arrays.fill(y.strings(), EMPTY_STRING);
        } else {
            y.segment().asSlice(0, y.byteSize()).fill((byte) 0);
        }
    }

    /** Scratch memory for {@code count} indices of the gather and scatter above. */
    static MemorySegment indices(StepRun run, long count) {
        return run.scratch(8 * count);
    }

    static long index(MemorySegment indices, long i) {
        return indices.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
    }

    static void index(MemorySegment indices, long i, long index) {
        indices.set(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i, index);
    }

    /**
     * Reads an index tensor, INT32 or INT64, into scratch memory with negative indices counted from the end.
     *
     * @throws IllegalArgumentException if an index is outside the extent
     */
    static MemorySegment normalized(StepRun run, Tensor tensor, long extent) {
        long count = tensor.shape().elements();
        MemorySegment indices = indices(run, count);
        for (long i = 0; i < count; i++) {
            index(indices, i, normalized(raw(tensor, i), extent));
        }
        return indices;
    }

    /** Element {@code i} of an INT32 or INT64 tensor. */
    static long raw(Tensor tensor, long i) {
        return tensor.dataType() == DataType.INT32
                ? tensor.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4 * i)
                : tensor.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
    }

    static long normalized(long index, long extent) {
        if (index < -extent || index >= extent) {
            throw new IllegalArgumentException("index " + index + " is outside the extent " + extent);
        }
        return index < 0 ? index + extent : index;
    }

    /** A tensor of one element of {@code dataType} whose bits are all zero; an empty string for strings. */
    static Tensor zero(StepRun run, DataType dataType) {
        if (dataType == DataType.STRING) {
            return Tensor.ofStrings(Shape.SCALAR, new byte[][] {EMPTY_STRING});
        }
        MemorySegment segment = run.scratch(dataType.bytes());
        segment.fill((byte) 0);
        return Tensor.of(dataType, Shape.SCALAR, segment);
    }

    private static void copyStrings(
            int axis,
            long[] dims,
            byte[][] x,
            long xOffset,
            long[] xStrides,
            byte[][] y,
            long yOffset,
            long[] yStrides) {
        if (axis == dims.length) {
            y[(int) yOffset] = x[(int) xOffset];
            return;
        }
        for (long i = 0; i < dims[axis]; i++) {
            long xNext = xOffset + i * xStrides[axis];
            copyStrings(axis + 1, dims, x, xNext, xStrides, y, yOffset + i * yStrides[axis], yStrides);
        }
    }
}
