package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.ScalarFunctions;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;

/** The loop of a function of a real number. Copied for each function and pair of datatypes. */
final class RealUnaryLoop implements UnaryKernel {
    /** What a copy computes: elements of {@code from} to elements of {@code to}. */
    record Operation(ElementAccess from, ElementAccess to, ScalarFunctions.RealUnary function) {}

    private static final Operation OPERATION = LoopCopy.operation(MethodHandles.lookup(), Operation.class);
    private static final ElementAccess.RealReader READER = OPERATION.from().real();
    private static final ElementAccess.RealWriter WRITER = OPERATION.to().setReal();
    private static final ScalarFunctions.RealUnary FUNCTION = OPERATION.function();
    private static final long X_BYTES = OPERATION.from().bytes();
    private static final long Y_BYTES = OPERATION.to().bytes();

    @Override
    public void run(
            MemorySegment x, long xOffset, MemorySegment y, long yOffset, int length, double alpha, double beta) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        for (int i = 0; i < length; i++) {
            double value = READER.get(x, xOffset + X_BYTES * i);
            WRITER.set(y, yOffset + Y_BYTES * i, FUNCTION.apply(value, alpha, beta));
        }
    }
}
