package dev.nereid.models.execute;

/** Hears of every step of a run when it is over; for measurements. Called on the thread that runs the plan. */
@FunctionalInterface
public interface StepListener {
    /**
     * A step is over.
     *
     * @param step its place in the plan
     * @param nanos how long it took
     */
    void ran(int step, long nanos);
}
