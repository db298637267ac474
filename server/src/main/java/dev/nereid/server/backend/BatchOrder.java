package dev.nereid.server.backend;

import dev.nereid.models.lowering.DeviceTurn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The order in which the batches of one instance compute where it may have two: one that executes and one that is being
 * prepared meanwhile. It is the order in which they were taken from the queue, whichever is prepared first. A batch waits for
 * those before it alone, so that none waits for itself by way of another. Any thread.
 *
 * <p>A batch that computes again after it said that it was done, since its requests failed together and are run one at a
 * time, does so behind those that have come since.
 */
public final class BatchOrder {
    /** How far a batch has come; where it ends it leaves the order. */
    private enum Stage {
        TAKEN,
        PLACED,
        COMPUTED
    }

    /** Batches that an instance has at most. */
    private static final int MOST = 2;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    /** First those that were taken first. Has room for all: a batch that begins needs no memory. */
    private final List<Turn> turns = new ArrayList<>(MOST);

    /**
     * The turn of a batch, which {@link Turn#begin begins} later.
     *
     * @param clock nanoseconds, to measure waiting with
     */
    public Turn newTurn(LongSupplier clock) {
        return new Turn(clock);
    }

    /** Whether a batch has begun that has not ended. */
    public boolean isBusy() {
        lock.lock();
        try {
            return !turns.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** When the first of the batches that have not ended began, by its clock; only while there is one. */
    public long busySinceNanos() {
        lock.lock();
        try {
            return turns.getFirst().beganNanos;
        } finally {
            lock.unlock();
        }
    }

    /** Whether all before a turn have come so far. Called with the lock held. */
    private boolean allBefore(Turn turn, Stage stage) {
        for (Turn each : turns) {
            if (each == turn) {
                return true;
            }
            if (each.stage.compareTo(stage) < 0) {
                return false;
            }
        }
        throw new IllegalStateException("a batch waits for its turn that has not begun or has ended");
    }

    /** The turn of one batch. Whoever begins it ends it, whatever became of the batch: others wait for that. */
    public final class Turn implements DeviceTurn {
        private final LongSupplier clock;
        private Stage stage = Stage.TAKEN;
        private long beganNanos;
        private long waitedNanos;
        private boolean waiting;

        private Turn(LongSupplier clock) {
            this.clock = clock;
        }

        /** Takes the place behind all others. */
        public void begin() {
            lock.lock();
            try {
                beganNanos = clock.getAsLong();
                turns.addLast(this);
            } finally {
                lock.unlock();
            }
        }

        /** Gives the place up. */
        public void end() {
            lock.lock();
            try {
                turns.remove(this);
                moved.signalAll();
            } finally {
                lock.unlock();
            }
        }

        /** How long the batch has waited for others so far. */
        public long waitedNanos() {
            lock.lock();
            try {
                return waitedNanos;
            } finally {
                lock.unlock();
            }
        }

        /** Whether the batch waits for another one now. */
        public boolean isWaiting() {
            lock.lock();
            try {
                return waiting;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void awaitPlace() {
            await(() -> allBefore(this, Stage.PLACED));
        }

        @Override
        public boolean awaitMemory() {
            await(() -> turns.getFirst() == this);
            return true;
        }

        @Override
        public void placed() {
            reach(Stage.PLACED);
        }

        @Override
        public void awaitCompute() {
            await(() -> allBefore(this, Stage.COMPUTED));
        }

        @Override
        public boolean isAwaited() {
            lock.lock();
            try {
                return turns.getLast() != this;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void computed() {
            reach(Stage.COMPUTED);
        }

        private void reach(Stage reached) {
            lock.lock();
            try {
                if (stage.compareTo(reached) < 0) {
                    stage = reached;
                    moved.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        private void await(BooleanSupplier met) {
            lock.lock();
            try {
                if (stage == Stage.COMPUTED) {
                    stage = Stage.TAKEN;
                    turns.remove(this);
                    turns.addLast(this);
                    moved.signalAll();
                }
                if (met.getAsBoolean()) {
                    return;
                }
                long start = clock.getAsLong();
                waiting = true;
                do {
                    moved.awaitUninterruptibly();
                } while (!met.getAsBoolean());
                waiting = false;
                waitedNanos += clock.getAsLong() - start;
            } finally {
                lock.unlock();
            }
        }
    }
}
