package dev.nereid.kernels.device;

/**
 * Orders the runs of one model instance on a device: they compute one after the other, while transfers and preparation of
 * one overlap with the computation of another. A run calls the methods in the order in which they stand here, on one thread.
 * What waits, waits for runs before it in the order and never for one behind it.
 */
public interface DeviceTurn {
    /** Of a run that no other one is ordered with: waits for nothing. */
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
     * Waits until the runs before have all the memory of the device that they need: one that came later must not keep
     * it from them.
     */
    void awaitPlace();

    /**
     * Waits until no run before has memory of the device, where there is not enough for two.
     *
     * @return whether it is worth asking for memory again
     */
    boolean awaitMemory();

    /** Says that the run has all memory that it needs. */
    void placed();

    /**
     * Waits until the runs before have computed. The thread may have blocked, and a virtual one may be on another carrier.
     *
     * @throws java.util.concurrent.CancellationException if nobody wants the run any more
     */
    void awaitCompute();

    /** Whether a run behind waits or will wait: it is worth saying early that this one has {@link #computed}. */
    boolean isAwaited();

    /** Says that nothing of the run computes any more; it may still copy. Without effect after the first time. */
    void computed();

    /** This turn as one of several runs sees it that share it and that others shall not come between: it keeps it. */
    default DeviceTurn nonSignalling() {
        return new NonSignallingTurn(this);
    }
}
