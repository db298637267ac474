package dev.nereid.perf.measure;

/** Is called as a measurement proceeds, on the thread that measures. */
public interface MeasurementListener {
    /** For nobody. */
    MeasurementListener NONE = new MeasurementListener() {};

    /** A window goes on. */
    default void tick(Status status) {}

    /** A window is complete. */
    default void pass(int number, Summary summary) {}

    /** Whether there shall be another window, or more requests of a load that would end by itself. */
    default boolean wantsMore() {
        return true;
    }

    /**
     * What can be seen of a window while it goes on.
     *
     * @param window its number, from 1 on
     * @param windows how many there may be
     * @param samples of the requests that were answered so far
     * @param failed how many were not
     */
    record Status(int window, int windows, long elapsedNanos, Samples samples, long failed) {}
}
