package dev.nereid.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The heap of the C library, which keeps what it was given back: after a model is loaded, as much as its constants took
 * while they were folded and packed. Libraries other than glibc offer nothing to trim, and are left alone.
 */
public final class NativeHeap {
    private static final Optional<MethodHandle> TRIM = find();

    private NativeHeap() {}

    /** Gives free pages back to the system. Takes milliseconds, and is nothing for a request's path. */
    public static void trim() {
        if (TRIM.isEmpty()) {
            return;
        }
        try {
            int _ = (int) TRIM.get().invokeExact(0L);
        } catch (Throwable e) {
            throw new IllegalStateException("malloc_trim cannot be called", e);
        }
    }

    @SuppressWarnings("restricted")
    private static Optional<MethodHandle> find() {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> trim = linker.defaultLookup().find("malloc_trim");
        return trim.map(address ->
                linker.downcallHandle(address, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG)));
    }
}
