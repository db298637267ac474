package dev.nereid.server.protocol;

import dev.nereid.memory.MemoryBudget;
import java.time.Duration;

/**
 * What requests in flight and their answers may hold of the Java heap, over all connections of all fronts. A request that
 * does not fit at the moment is refused, so that the heap is never full; one that could not fit alone is told so. Tensors lie
 * in native memory, which a {@link dev.nereid.memory.SlabPool} with a budget of its own bounds. Any thread.
 */
public final class RequestBudget {
    /** So much of the heap is for requests; the rest is for everything else, and for what collectors need to work. */
    private static final int HEAP_SHARE = 2;

    /** A share takes from the budget in units, so that a small string costs no access to what all threads share. */
    private static final long UNIT = 16 << 10;

    private static final Duration LATER = Duration.ofSeconds(1);

    private static final RequestBudget UNLIMITED = new RequestBudget(MemoryBudget.unlimited());

    private final MemoryBudget heap;

    private RequestBudget(MemoryBudget heap) {
        this.heap = heap;
    }

    /** A budget of that many bytes. */
    public static RequestBudget ofHeap(long bytes) {
        return new RequestBudget(MemoryBudget.of(bytes));
    }

    /** Half of the largest heap that this process may have. */
    public static RequestBudget ofProcess() {
        return ofHeap(Runtime.getRuntime().maxMemory() / HEAP_SHARE);
    }

    /** For what is not a client's request: nothing is refused. */
    public static RequestBudget unlimited() {
        return UNLIMITED;
    }

    /** The share of a request that begins. The caller closes it when the request is answered. */
    public Share open() {
        return new Share();
    }

    /** Bytes that all requests hold. */
    public long used() {
        return heap.used();
    }

    /** Bytes that all requests may hold. */
    public long limit() {
        return heap.limit();
    }

    /** A refusal for lack of memory that may be there later. */
    static InferException later(String message) {
        return InferException.exhausted(message + "; try again when other requests have been answered", LATER);
    }

    /**
     * What one request holds of the heap. Grows before the memory is allocated, so that nothing is allocated that does not fit.
     * Any thread.
     */
    public final class Share implements AutoCloseable {
        private long held;
        private long taken;

        private Share() {}

        /**
         * Adds to what the request holds.
         *
         * @throws InferException if it does not fit at the moment, or never could; nothing is added then
         */
        public synchronized void take(long bytes) {
            long needed = held + bytes;
            if (needed > taken) {
                long more = Math.ceilDiv(needed - taken, UNIT) * UNIT;
                if (!heap.take(more, taken + more)) {
                    throw refusal(needed);
                }
                taken += more;
            }
            held = needed;
        }

        /**
         * Refuses a request by what it says that it will need, before anything of it is read.
         *
         * @throws InferException as {@link #take} does
         */
        public synchronized void check(long bytes) {
            long needed = held + bytes;
            if (needed > taken && !heap.fits(needed - taken, needed)) {
                throw refusal(needed);
            }
        }

        private InferException refusal(long needed) {
            if (needed > heap.mostAtOnce()) {
                return InferException.invalid(
                        "the request needs at least " + needed + " bytes of the Java heap, of which "
                                + "one request may have " + heap.mostAtOnce()
                                + ": send less at once, or tensors as binary data, or give the server a larger heap (-Xmx)");
            }
            return later("the server has no memory for this request now: it needs at least " + needed
                    + " bytes of the Java heap, and of the " + heap.limit() + " bytes that requests may have, "
                    + heap.used() + " are in use");
        }

        /** Gives back a part of what the request holds. */
        public synchronized void giveBack(long bytes) {
            keep(held - bytes);
        }

        /** Gives back all but so many bytes. */
        public synchronized void keep(long bytes) {
            held = Math.clamp(bytes, 0, held);
            long rest = taken - Math.ceilDiv(held, UNIT) * UNIT;
            taken -= rest;
            heap.giveBack(rest);
        }

        /** Bytes that the request holds. */
        public synchronized long held() {
            return held;
        }

        /** Gives back all. */
        @Override
        public void close() {
            keep(0);
        }
    }
}
