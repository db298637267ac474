package dev.nereid.models.lowering;

/**
 * Orders the runs of one model instance on a device: they compute one after the other, while transfers and preparation of
 * one overlap with the computation of another. A run calls the methods in the order in which they stand here, on one thread.
 * What waits, waits for runs before it in the order and never for one behind it.
 */
public interface DeviceTurn {
    /** The turn of a run that is not ordered with others: waits for nothing. */
    DeviceTurn ALONE = new DeviceTurn() {
        @Override
        public boolean isOrdered() {
            return false;
        }

        @Override
        public void awaitPlace() {}

        @Override
        public boolean awaitMemory() {
            return false;
        }

        @Override
        public void placed() {}

        @Override
        public void awaitCompute() {}

        @Override
        public boolean isAwaited() {
            return false;
        }

        @Override
        public void computed() {}

        @Override
        public DeviceTurn nonSignalling() {
            return this;
        }
    };

    /** Whether the run is ordered with others at all. */
    default boolean isOrdered() {
        return true;
    }

    /**
     * Waits until the runs before have allocated all device memory that they need: a later run must not take it from
     * them.
     */
    void awaitPlace();

    /**
     * Waits until no earlier run holds device memory, for when there is not enough for two.
     *
     * @return whether it is worth asking for memory again
     */
    boolean awaitMemory();

    /** Signals that the run has allocated all memory that it needs. */
    void placed();

    /**
     * Waits until the earlier runs have computed. The thread may have blocked, and a virtual one may be on another
     * carrier.
     *
     * @throws java.util.concurrent.CancellationException if nobody wants the run any more
     */
    void awaitCompute();

    /** Whether a later run waits or will wait, so that an early {@link #computed} pays. */
    boolean isAwaited();

    /** Signals that the run computes no more; it may still copy. Idempotent. */
    void computed();

    /** This turn without its completion signal, for one of several runs that share the turn. */
    default DeviceTurn nonSignalling() {
        return new NonSignallingTurn(this);
    }
}
