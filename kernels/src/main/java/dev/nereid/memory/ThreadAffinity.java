package dev.nereid.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which processor the calling thread runs on, and which it may; Linux's {@code sched_setaffinity}. Only for platform threads: a
 * virtual one would change its carrier. Memory is placed by the system, near the thread that first touches it.
 */
public final class ThreadAffinity {
    /** Processors that a mask has room for. */
    private static final int MOST_PROCESSORS = 8192;

    private static final int CALLING_THREAD = 0;
    private static final StructLayout ERRNO = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_VALUE = ERRNO.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Optional<MethodHandle> SET = find("sched_setaffinity");
    private static final Optional<MethodHandle> GET = find("sched_getaffinity");
    private static final Optional<MethodHandle> PROCESSOR = findNumber("sched_getcpu");
    private static final Optional<MethodHandle> THREAD = findNumber("gettid");

    private ThreadAffinity() {}

    /** Whether this system can be asked. */
    public static boolean isSupported() {
        return SET.isPresent() && GET.isPresent();
    }

    /** The processor that the calling thread runs on at the moment; negative where the system does not say. Quick. */
    public static int processor() {
        return number(PROCESSOR);
    }

    /** The system's number of the calling thread, for {@link #pin(int, Set)}; negative where it does not say. */
    public static int thread() {
        return number(THREAD);
    }

    private static int number(Optional<MethodHandle> function) {
        if (function.isEmpty()) {
            return -1;
        }
        try {
            return (int) function.get().invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The processors that the calling thread may run on, ascending.
     *
     * @throws UnsupportedOperationException where the system cannot be asked, or refuses
     */
    public static SortedSet<Integer> current() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MOST_PROCESSORS / Byte.SIZE, Long.BYTES);
            call(GET, "sched_getaffinity", CALLING_THREAD, mask, arena);
            SortedSet<Integer> processors = new TreeSet<>();
            for (int processor = 0; processor < MOST_PROCESSORS; processor++) {
                if ((mask.get(ValueLayout.JAVA_BYTE, processor / Byte.SIZE) >> (processor % Byte.SIZE) & 1) == 1) {
                    processors.add(processor);
                }
            }
            return Collections.unmodifiableSortedSet(processors);
        }
    }

    /**
     * Keeps the calling thread on some processors. Those that the machine or container lacks are left out by the system.
     *
     * @param processors at least one
     * @throws UnsupportedOperationException where the system cannot be asked, or none of them may be used
     */
    public static void pin(Set<Integer> processors) {
        pin(CALLING_THREAD, processors);
    }

    /** As {@link #pin(Set)} for another thread of this process, which need not run: {@link #thread} told its number there. */
    public static void pin(int thread, Set<Integer> processors) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MOST_PROCESSORS / Byte.SIZE, Long.BYTES);
            for (int processor : processors) {
                if (processor < 0 || processor >= MOST_PROCESSORS) {
                    throw new IllegalArgumentException(
                            "expected processors from 0 to " + (MOST_PROCESSORS - 1) + ", got " + processor);
                }
                long at = processor / Byte.SIZE;
                byte bit = (byte) (1 << processor % Byte.SIZE);
                mask.set(ValueLayout.JAVA_BYTE, at, (byte) (mask.get(ValueLayout.JAVA_BYTE, at) | bit));
            }
            call(SET, "sched_setaffinity", thread, mask, arena);
        }
    }

    private static void call(
            Optional<MethodHandle> function, String name, int thread, MemorySegment mask, Arena arena) {
        MemorySegment state = arena.allocate(ERRNO);
        int result;
        try {
            result = (int) function.orElseThrow(() -> new UnsupportedOperationException("this system has no " + name))
                    .invokeExact(state, thread, mask.byteSize(), mask);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (result < 0) {
            throw new UnsupportedOperationException(name + " failed with errno " + (int) ERRNO_VALUE.get(state, 0L));
        }
    }

    @SuppressWarnings("restricted")
    private static Optional<MethodHandle> find(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find(name)
                .map(address -> linker.downcallHandle(
                        address,
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS),
                        Linker.Option.captureCallState("errno")));
    }

    @SuppressWarnings("restricted")
    private static Optional<MethodHandle> findNumber(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find(name)
                .map(address -> linker.downcallHandle(
                        address, FunctionDescriptor.of(ValueLayout.JAVA_INT), Linker.Option.critical(false)));
    }
}
