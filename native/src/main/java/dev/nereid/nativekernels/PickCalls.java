package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.conv.PickKernel;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Downcalls to the C function that picks words of an image's rows; {@code nereid.h} says how. */
final class PickCalls implements PickKernel {
    private static final String NAME = "nereid_pick_words_avx2";
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle CALL = handle();
    }

    private final MemorySegment function;

    PickCalls(NativeLibrary library) {
        this.function = library.function(NAME);
    }

    @Override
    public void pick(int rows, int words, long sources, long starts, long lanes, long x, long lineBytes, long y) {
        try {
            Linked.CALL.invokeExact(function, rows, words, sources, starts, lanes, x, lineBytes, y);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + NAME + " failed", e);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle() {
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.ofVoid(
                        JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }
}
