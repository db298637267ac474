package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.resize.ResizeGatherKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C function that gathers words of image rows; {@code nereid.h} specifies it. */
final class ResizeGatherCalls implements ResizeGatherKernel {
    private static final String NAME = "nereid_gather_words_avx2";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    private final MemorySegment function;

    ResizeGatherCalls(NativeLibrary library) {
        this.function = library.function(NAME);
    }

    @Override
    public void gather(int rows, int words, long sources, long starts, long lanes, long x, long lineBytes, long y) {
        try {
            Linked.CALL.invokeExact(function, rows, words, sources, starts, lanes, x, lineBytes, y);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + NAME + " failed", e);
        }
    }
}
