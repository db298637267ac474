package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.reduce.ColumnPrefixSums;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C function for prefix sums with AVX2; {@code nereid.h} specifies it. */
final class ColumnPrefixSumCalls implements ColumnPrefixSums {
    private static final String NAME = "nereid_f32_prefix_sums_avx2";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    private static final int LEAST = 16;

    private final MemorySegment function;

    ColumnPrefixSumCalls(NativeLibrary library) {
        this.function = library.function(NAME);
    }

    @Override
    public int least() {
        return LEAST;
    }

    @Override
    public void run(long x, long y, int length, int inner, long stride) {
        try {
            Linked.CALL.invokeExact(function, length, inner, x, y, stride);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + NAME + " failed", e);
        }
    }
}
