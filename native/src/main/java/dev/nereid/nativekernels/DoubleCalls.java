package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.matmul.DoubleKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Downcalls to the C function of products of doubles; {@code nereid.h} says what it does. Pointers go as numbers, because the
 * caller has checked them.
 */
final class DoubleCalls implements DoubleKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                JAVA_LONG);
    }

    private final MemorySegment function;

    DoubleCalls(NativeLibrary library, MatMulCalls.Variant variant) {
        this.function = library.function("nereid_f64_product_" + variant.registers());
    }

    @Override
    public void run(int m, int n, int k, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow) {
        try {
            Linked.CALL.invokeExact(function, m, n, k, a, aRow, aColumn, b, bRow, c, cRow);
        } catch (Throwable e) {
            throw new IllegalStateException("calling a product of doubles failed", e);
        }
    }
}
