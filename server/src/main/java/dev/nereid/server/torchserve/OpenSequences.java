package dev.nereid.server.torchserve;

import dev.nereid.server.torchserve.TorchServeException.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The open sequences of one model. TorchServe begins a sequence with the first request of an id that it does not know, and the
 * engine with one that says so: this class knows which ids are open, and marks the first request of each. Any thread.
 */
final class OpenSequences {
    private final Limits limits;
    private final Consumer<String> ended;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Sequence> open = new HashMap<>();

    /**
     * What a model allows.
     *
     * @param most sequences that are open at a time
     * @param mostWaiting requests of one sequence that wait behind the one that runs
     * @param idle time without a request after which a sequence ends
     * @param lifetime of a sequence; 0 for any
     */
    record Limits(int most, int mostWaiting, Duration idle, Duration lifetime) {}

    /** @param ended is told the id of each sequence that ends without a last request; called under the lock */
    OpenSequences(Limits limits, Consumer<String> ended) {
        this(limits, ended, System::nanoTime);
    }

    OpenSequences(Limits limits, Consumer<String> ended, LongSupplier nanos) {
        this.limits = limits;
        this.ended = ended;
        this.nanos = nanos;
    }

    Limits limits() {
        return limits;
    }

    /** One of them. Its fields are guarded by the lock of all. */
    private final class Sequence {
        /** Held from the choice of the first request's mark until the engine has the request. */
        private final ReentrantLock order = new ReentrantLock(true);

        private long beganNanos = nanos.getAsLong();
        private long usedNanos = beganNanos;
        private int inFlight;
        /** Whether the engine knows it. */
        private boolean begun;

        private boolean isOver(long now) {
            return inFlight == 0
                    && (now - usedNanos >= limits.idle().toNanos()
                            || (limits.lifetime().isPositive()
                                    && now - beganNanos >= limits.lifetime().toNanos()));
        }
    }

    /** One request's place in its sequence. Its methods are called by the thread that began it. */
    final class Turn {
        private final String id;
        private final Sequence sequence;
        private final boolean start;
        private final boolean end;
        private boolean submitted;

        private Turn(String id, Sequence sequence, boolean start, boolean end) {
            this.id = id;
            this.sequence = sequence;
            this.start = start;
            this.end = end;
        }

        /** Whether the engine begins a sequence with this request. */
        boolean start() {
            return start;
        }

        /** The engine has the request: the next one of the sequence may follow. */
        void submitted() {
            submitted = true;
            if (end) {
                forget();
            }
            sequence.order.unlock();
        }

        private void forget() {
            lock.lock();
            try {
                open.remove(id, sequence);
            } finally {
                lock.unlock();
            }
        }

        /**
         * The request failed.
         *
         * @param cancelled whether it was cancelled, which ends its sequence in the engine
         */
        void failed(boolean cancelled) {
            if (start || cancelled) {
                lock.lock();
                try {
                    sequence.begun = false;
                } finally {
                    lock.unlock();
                }
            }
        }

        /** The request is over. Once. */
        void close() {
            lock.lock();
            try {
                if (!submitted && start) {
                    sequence.begun = false;
                }
                sequence.inFlight--;
                sequence.usedNanos = nanos.getAsLong();
                if (sequence.inFlight == 0 && !sequence.begun && open.remove(id, sequence)) {
                    ended.accept(id);
                }
            } finally {
                lock.unlock();
            }
            if (!submitted) {
                sequence.order.unlock();
            }
        }
    }

    /**
     * Takes a request into its sequence, and waits until the engine has the request before it.
     *
     * @param start whether the client asks for a new sequence
     * @param end whether it is the last request
     * @throws TorchServeException if too many sequences are open, or too many requests of this one wait
     */
    Turn enter(String id, boolean start, boolean end) {
        Sequence sequence;
        lock.lock();
        try {
            sequence = found(id);
            if (sequence.inFlight > limits.mostWaiting()) {
                throw full("sequence '" + id + "' has " + limits.mostWaiting()
                        + " requests that wait, as many as maxSequenceJobQueueSize allows");
            }
            sequence.inFlight++;
        } finally {
            lock.unlock();
        }
        sequence.order.lock();
        lock.lock();
        try {
            boolean first = start || !sequence.begun;
            sequence.begun = true;
            return new Turn(id, sequence, first, end);
        } finally {
            lock.unlock();
        }
    }

    private Sequence found(String id) {
        long now = nanos.getAsLong();
        Sequence known = open.get(id);
        if (known != null && !known.isOver(now)) {
            return known;
        }
        if (known != null) {
            drop(id);
        }
        if (open.size() >= limits.most()) {
            open.entrySet().stream()
                    .filter(other -> other.getValue().isOver(now))
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(this::drop);
        }
        if (open.size() >= limits.most()) {
            throw full(limits.most() + " sequences are open, as many as maxNumSequence allows");
        }
        Sequence begun = new Sequence();
        open.put(id, begun);
        return begun;
    }

    private void drop(String id) {
        if (open.remove(id) != null) {
            ended.accept(id);
        }
    }

    private static TorchServeException full(String what) {
        return new TorchServeException(Kind.NO_WORKER, what);
    }

    /** Ends a sequence: the next request of this id begins another one. */
    void end(String id) {
        lock.lock();
        try {
            drop(id);
        } finally {
            lock.unlock();
        }
    }

    /** Ends all of them. */
    void clear() {
        lock.lock();
        try {
            List.copyOf(open.keySet()).forEach(this::drop);
        } finally {
            lock.unlock();
        }
    }
}
