package dev.nereid.server.protocol;

import java.util.concurrent.atomic.LongAdder;

/**
 * Cooperative yielding for long work on one request, such as parsing a large body, so that other requests are served in
 * between. Requests run on virtual threads, which the JVM does not preempt: without pauses, as many large bodies as there
 * are processors would hold up all other requests, health checks among them, until one of these bodies has been read.
 */
public final class CooperativeYield {
    /** Bytes of one slice: about a hundred microseconds or more, against about one that a pause takes. */
    private static final int BYTES = 128 << 10;

    /** Work items of one slice, where they are counted and not their bytes. */
    private static final int ITEMS = 4 << 10;

    private static final LongAdder PAUSES = new LongAdder();

    private CooperativeYield() {}

    /** Pauses of all threads so far: who runs in a pause cannot be told, but that there are pauses can. */
    static long pauses() {
        return PAUSES.sum();
    }

    /** Lets other virtual threads run. */
    @SuppressWarnings("ThreadPriorityCheck") // correctness does not depend on who runs next
    public static void pause() {
        PAUSES.increment();
        Thread.yield();
    }

    /** Pauses, and returns the position at which the work that has reached {@code position} pauses again. */
    static long pauseAt(long position) {
        pause();
        return position + BYTES;
    }

    /** The position of the first pause. */
    static long first(long position) {
        return position + BYTES;
    }

    /** Pauses after every some thousand items. */
    static void afterItem(int index) {
        if ((index & (ITEMS - 1)) == ITEMS - 1) {
            pause();
        }
    }
}
