package dev.nereid.kernels.scalar;

import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.layout.Triangle;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The plain-loop kernels of the layout family: element by element, byte by byte. */
public final class ScalarLayout implements LayoutKernels {
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
        copyAxis(0, elementBytes, dims, x, xOffset, xStrides, y, yOffset, yStrides);
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
        for (long o = 0; o < outer; o++) {
            for (long i = 0; i < count; i++) {
                long index = indices.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
                copyBytes(x, (o * extent + index) * blockBytes, y, (o * count + i) * blockBytes, blockBytes);
            }
        }
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
        long count = 1;
        for (long dim : dims) {
            count *= dim;
        }
        for (long i = 0; i < count; i++) {
            long index = indexBytes == Integer.BYTES
                    ? indices.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * i)
                    : indices.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
            if (index < -extent || index >= extent) {
                throw new IllegalArgumentException("index " + index + " is outside the extent " + extent);
            }
            long from = 0;
            long rest = i;
            for (int a = dims.length - 1; a >= 0; a--) {
                from += (a == axis ? Math.floorMod(index, extent) : rest % dims[a]) * xStrides[a];
                rest /= dims[a];
            }
            copyBytes(x, from * elementBytes, y, i * elementBytes, elementBytes);
        }
    }

    @Override
    public void scatter(long blockBytes, long count, MemorySegment x, MemorySegment indices, MemorySegment y) {
        for (long i = 0; i < count; i++) {
            long index = indices.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
            copyBytes(x, i * blockBytes, y, index * blockBytes, blockBytes);
        }
    }

    @Override
    public void fill(int elementBytes, long count, MemorySegment value, MemorySegment y, Workers workers) {
        for (long i = 0; i < count; i++) {
            copyBytes(value, 0, y, i * elementBytes, elementBytes);
        }
    }

    @Override
    public void triangle(int elementBytes, Triangle triangle, MemorySegment x, MemorySegment y, Workers workers) {
        byte[] zero = new byte[elementBytes];
        long columns = triangle.columns();
        for (long i = 0; i < triangle.matrices() * triangle.rows() * columns; i++) {
            boolean isKept = triangle.keeps(i / columns % triangle.rows(), i % columns);
            copyBytes(
                    isKept ? x : MemorySegment.ofArray(zero),
                    isKept ? i * elementBytes : 0,
                    y,
                    i * elementBytes,
                    elementBytes);
        }
    }

    private static void copyAxis(
            int axis,
            int elementBytes,
            long[] dims,
            MemorySegment x,
            long xOffset,
            long[] xStrides,
            MemorySegment y,
            long yOffset,
            long[] yStrides) {
        if (axis == dims.length) {
            copyBytes(x, xOffset * elementBytes, y, yOffset * elementBytes, elementBytes);
            return;
        }
        for (long i = 0; i < dims[axis]; i++) {
            long xNext = xOffset + i * xStrides[axis];
            long yNext = yOffset + i * yStrides[axis];
            copyAxis(axis + 1, elementBytes, dims, x, xNext, xStrides, y, yNext, yStrides);
        }
    }

    private static void copyBytes(MemorySegment x, long xOffset, MemorySegment y, long yOffset, long bytes) {
        for (long i = 0; i < bytes; i++) {
            y.set(ValueLayout.JAVA_BYTE, yOffset + i, x.get(ValueLayout.JAVA_BYTE, xOffset + i));
        }
    }
}
