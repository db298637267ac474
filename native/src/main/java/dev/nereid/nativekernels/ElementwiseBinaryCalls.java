package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Map;
import java.util.Objects;

/**
 * Decorator: sums, differences, products and quotients of floats are computed by the C function that {@code nereid.h}
 * describes, with AVX2, so that they need no compiler when a server starts. Everything else delegates.
 */
final class ElementwiseBinaryCalls extends ElementwiseDecorator {
    /** Links the function at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG,
                JAVA_LONG);
    }

    /** The numbers of {@code nereid.h}. */
    private static final Map<BinaryOp, Integer> NUMBERS =
            Map.of(BinaryOp.ADD, 0, BinaryOp.SUB, 1, BinaryOp.MUL, 2, BinaryOp.DIV, 3);

    /** Shorter rows, of which a call would be the larger part, are the base's. */
    private static final int FEWEST = 16;

    private final MemorySegment function;

    /** @param base what computes everything else */
    ElementwiseBinaryCalls(NativeLibrary library, ElementwiseKernels base) {
        super(base);
        this.function = library.function("nereid_f32_binary_avx2");
    }

    @Override
    public BinaryKernel binary(BinaryOp op, DataType type) {
        Integer number = type == DataType.FP32 ? NUMBERS.get(op) : null;
        BinaryKernel kernel = super.binary(op, type);
        return number == null ? kernel : new Floats(function, number, kernel);
    }

    /**
     * @param operation its number
     * @param few computes short rows
     */
    private record Floats(MemorySegment function, int operation, BinaryKernel few) implements BinaryKernel {
        @Override
        public void both(
                MemorySegment x,
                long xOffset,
                MemorySegment y,
                long yOffset,
                MemorySegment z,
                long zOffset,
                int length) {
            if (length < FEWEST) {
                few.both(x, xOffset, y, yOffset, z, zOffset, length);
            } else {
                call(1, length, floats(x, xOffset, length), 0, 1, floats(y, yOffset, length), 0, 1, z, zOffset, 0);
            }
        }

        @Override
        public void leftScalar(
                MemorySegment x,
                long xOffset,
                MemorySegment y,
                long yOffset,
                MemorySegment z,
                long zOffset,
                int length) {
            if (length < FEWEST) {
                few.leftScalar(x, xOffset, y, yOffset, z, zOffset, length);
            } else {
                call(1, length, floats(x, xOffset, 1), 0, 0, floats(y, yOffset, length), 0, 1, z, zOffset, 0);
            }
        }

        @Override
        public void rightScalar(
                MemorySegment x,
                long xOffset,
                MemorySegment y,
                long yOffset,
                MemorySegment z,
                long zOffset,
                int length) {
            if (length < FEWEST) {
                few.rightScalar(x, xOffset, y, yOffset, z, zOffset, length);
            } else {
                call(1, length, floats(x, xOffset, length), 0, 1, floats(y, yOffset, 1), 0, 0, z, zOffset, 0);
            }
        }

        @Override
        public void rows(
                MemorySegment x,
                long xOffset,
                long xRow,
                MemorySegment y,
                long yOffset,
                long yRow,
                MemorySegment z,
                long zOffset,
                long zRow,
                int rows,
                int length) {
            if (length < FEWEST) {
                few.rows(x, xOffset, xRow, y, yOffset, yRow, z, zOffset, zRow, rows, length);
            } else if (rows > 0) {
                long left = floats(x, xOffset, xRow, rows, length);
                long right = floats(y, yOffset, yRow, rows, length);
                call(rows, length, left, xRow, 1, right, yRow, 1, z, zOffset, zRow);
            }
        }

        private void call(
                int rows,
                int length,
                long x,
                long xRow,
                int xStep,
                long y,
                long yRow,
                int yStep,
                MemorySegment z,
                long zOffset,
                long zRow) {
            long result = floats(z, zOffset, zRow, rows, length);
            try {
                Linked.CALL.invokeExact(
                        function, operation, rows, length, x, xRow, xStep, y, yRow, yStep, result, zRow);
            } catch (Throwable e) {
                throw new IllegalStateException("calling a function of two floats failed", e);
            }
        }

        /** Address of floats that lie within the segment. */
        private static long floats(MemorySegment segment, long offset, int length) {
            return floats(segment, offset, 0, 1, length);
        }

        /** Address of rows of floats, {@code row} bytes apart, that lie within the segment. */
        private static long floats(MemorySegment segment, long offset, long row, int rows, int length) {
            long bytes = row * (rows - 1) + (long) length * Float.BYTES;
            Objects.checkFromIndexSize(offset, bytes, segment.byteSize());
            return segment.address() + offset;
        }
    }
}
