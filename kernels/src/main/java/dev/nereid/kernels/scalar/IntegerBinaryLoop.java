package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loops of a function of two integers. Copied for each function and datatype. */
final class IntegerBinaryLoop implements BinaryKernel {
    /** What a copy computes: two elements of {@code from} to one of {@code to}. */
    record Operation(ElementAccess from, ElementAccess to, ScalarFunctions.IntegerBinary function) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.IntegerReader READER = OPERATION.from().integer();
    private static final ElementAccess.IntegerWriter WRITER = OPERATION.to().setInteger();
    private static final ScalarFunctions.IntegerBinary FUNCTION = OPERATION.function();
    private static final long BYTES = OPERATION.from().bytes();
    private static final long Z_BYTES = OPERATION.to().bytes();

    @Override
    public void both(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        for (int i = 0; i < length; i++) {
            long left = READER.get(x, xOffset + BYTES * i);
            long right = READER.get(y, yOffset + BYTES * i);
            WRITER.set(z, zOffset + Z_BYTES * i, FUNCTION.apply(left, right));
        }
    }

    @Override
    public void leftScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        long left = READER.get(x, xOffset);
        for (int i = 0; i < length; i++) {
            long right = READER.get(y, yOffset + BYTES * i);
            WRITER.set(z, zOffset + Z_BYTES * i, FUNCTION.apply(left, right));
        }
    }

    @Override
    public void rightScalar(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, MemorySegment z, long zOffset, int length) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        z = NativeSegments.exact(z);
        long right = READER.get(y, yOffset);
        for (int i = 0; i < length; i++) {
            long left = READER.get(x, xOffset + BYTES * i);
            WRITER.set(z, zOffset + Z_BYTES * i, FUNCTION.apply(left, right));
        }
    }
}
