package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.layout.TransposeKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C functions that transpose with AVX2, which {@code nereid.h} describes; what is too small is the base's. */
final class TransposeCalls implements TransposeKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL =
                NativeLibrary.linked(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    /** The least sides that C takes. */
    private static final int WORDS = 8;

    private static final int BYTES = 16;

    private final MemorySegment words;
    private final MemorySegment bytes;
    private final TransposeKernel base;

    TransposeCalls(NativeLibrary library, TransposeKernel base) {
        this.words = library.function("nereid_transpose_words_avx2");
        this.bytes = library.function("nereid_transpose_bytes_avx2");
        this.base = base;
    }

    @Override
    public void words(long rows, long columns, long x, long xStride, long y, long yStride) {
        if (Math.min(rows, columns) < WORDS) {
            base.words(rows, columns, x, xStride, y, yStride);
        } else {
            call(words, rows, columns, x, xStride, y, yStride);
        }
    }

    @Override
    public void bytes(long rows, long columns, long x, long xStride, long y, long yStride) {
        if (Math.min(rows, columns) < BYTES) {
            base.bytes(rows, columns, x, xStride, y, yStride);
        } else {
            call(bytes, rows, columns, x, xStride, y, yStride);
        }
    }

    private static void call(
            MemorySegment function, long rows, long columns, long x, long xStride, long y, long yStride) {
        try {
            Linked.CALL.invokeExact(function, rows, columns, x, xStride, y, yStride);
        } catch (Throwable e) {
            throw new IllegalStateException("calling a transposition failed", e);
        }
    }
}
