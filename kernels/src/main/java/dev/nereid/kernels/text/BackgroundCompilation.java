package dev.nereid.kernels.text;

import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Has the JVM compile a vector loop in the background, because the interpreter runs it a thousand times slower than scalar
 * code. It begins when the loop has been asked for {@value #WORTH_COMPILING} numbers, so that a process that never writes
 * many does not pay for the compiler. Any thread.
 */
public final class BackgroundCompilation {
    /** Plain code takes more than this a number, the interpreter a thousand times as much. */
    private static final long FAST_NANOS = 25;

    /** Compiling takes a second of processor time. */
    private static final long WORTH_COMPILING = 1 << 16;

    private static final int FAST_IN_A_ROW = 8;
    private static final int ROUNDS = 10;
    private static final int CALLS_A_ROUND = 600;

    /** Doubles from round to round: a compiler that has much else to do needs time, and no further calls. */
    private static final long FIRST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String name;
    private final long areaBytes;
    private final int numbers;
    private final Function<MemorySegment, Runnable> loop;
    private final AtomicLong asked = new AtomicLong();
    private final AtomicBoolean begun = new AtomicBoolean();
    private volatile boolean done;

    /**
     * Describes a loop.
     *
     * @param areaBytes native memory that it works in
     * @param numbers how many numbers a call works on
     * @param loop from the memory to one call of the loop
     */
    BackgroundCompilation(String name, long areaBytes, int numbers, Function<MemorySegment, Runnable> loop) {
        this.name = name;
        this.areaBytes = areaBytes;
        this.numbers = numbers;
        this.loop = loop;
    }

    /**
     * Returns whether the loop is fast by now. Does not wait.
     *
     * @param wanted how many numbers the caller would give to the loop
     */
    public boolean isDone(long wanted) {
        if (!done && !begun.get() && asked.addAndGet(wanted) >= WORTH_COMPILING && begun.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("warm-up-" + name).start(() -> done = becomesFast());
        }
        return done;
    }

    /** Runs the loop until it is fast; returns whether it became so. Takes up to two minutes. */
    boolean becomesFast() {
        try (NativeMemory area = NativeMemory.allocate(areaBytes)) {
            Runnable call = loop.apply(area.segment());
            for (int round = 0; round < ROUNDS; round++) {
                if (isFast(call)) {
                    return true;
                }
                LockSupport.parkNanos(FIRST_REST_NANOS << round);
            }
            return isFast(call);
        }
    }

    private boolean isFast(Runnable call) {
        int fast = 0;
        for (int i = 0; i < CALLS_A_ROUND && fast < FAST_IN_A_ROW; i++) {
            long start = System.nanoTime();
            call.run();
            fast = System.nanoTime() - start < FAST_NANOS * numbers ? fast + 1 : 0;
        }
        return fast == FAST_IN_A_ROW;
    }
}
