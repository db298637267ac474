package dev.nereid.server.protocol;

import java.util.concurrent.atomic.LongAdder;

/**
 * Cooperative yielding for long work on one request, such as parsing a large body, so that other requests are served in
 * between. Requests run on virtual threads, which the JVM does not preempt: without pauses, as many large bodies as there
 * are processors would hold up all other requests, health checks among them, until one of these bodies has been read.
 */
public final class CooperativeYield {
    /** Bytes between two yields: about a hundred microseconds of work or more, against about one that a yield takes. */
    private static final int BYTES = 128 << 10;

    /** Work items between two yields, where items are counted and not bytes. */
    private static final int ITEMS = 4 << 10;

    private static final LongAdder PAUSES = new LongAdder();

    private CooperativeYield() {}

    /** Number of yields of all threads, for tests. */
    public static long pauses() {
        return PAUSES.sum();
    }

    /** Yields to other virtual threads. */
    @SuppressWarnings("ThreadPriorityCheck") // correctness does not depend on who runs next
    public static void pause() {
        PAUSES.increment();
        Thread.yield();
    }

    /** Yields, and returns the position of the next yield, for work that has reached {@code position}. */
    public static long pauseAt(long position) {
        pause();
        return position + BYTES;
    }

    /** The position of the first yield. */
    public static long first(long position) {
        return position + BYTES;
    }

    /** Yields after every some thousand items. */
    static void afterItem(int index) {
        if ((index & (ITEMS - 1)) == ITEMS - 1) {
            pause();
        }
    }
}
