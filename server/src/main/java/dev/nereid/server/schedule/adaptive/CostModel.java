package dev.nereid.server.schedule.adaptive;

/**
 * How long a model's batches take, learnt from those that have run: {@code a + c items}, or
 * {@code a + k tokens + q squares}. Predictions are biased upwards, by how far nine of ten executions stay below: too
 * small a guess costs answers that come too late, too large a guess hardly anything.
 */
public final class CostModel {
    /** Executions until predictions are worth something. */
    public static final int SAMPLES = 20;

    /** An execution weighs half after some 350 further ones. */
    private static final double KEEP = 0.998;

    /** The constant and two more. */
    private static final int VARIABLES = 3;

    private static final double QUANTILE = 0.9;
    private static final double STEP = 0.01;
    private static final double MOST_SAFETY = 3;

    private final CostKind kind;
    private final LinearFit fit;
    private final RunningQuantile safety = new RunningQuantile(QUANTILE, STEP, 1.1, 1, MOST_SAFETY);
    private long samples;

    public CostModel(CostKind kind) {
        this.kind = kind;
        fit = new LinearFit(VARIABLES, KEEP);
    }

    /** Learns from an execution. Times of 0 and below say nothing. */
    public void observe(WorkSize load, double nanos) {
        if (nanos <= 0) {
            return;
        }
        double[] variables = kind.variables(load);
        if (ready()) {
            double predicted = fit.value(variables);
            if (predicted > 0) {
                safety.add(nanos / predicted);
            }
        }
        fit.add(variables, nanos);
        samples++;
    }

    /** Whether enough has run; before, predictions are 0 or wild. */
    public boolean ready() {
        return samples >= SAMPLES;
    }

    public CostKind kind() {
        return kind;
    }

    /** How long a batch will take, in nanoseconds, on the safe side. */
    public double nanos(WorkSize load) {
        return fixedNanos() + workNanos(load);
    }

    /** The part of a batch's time that does not depend on what is in it. */
    public double fixedNanos() {
        return safety.value() * meanFixedNanos();
    }

    /** The part of a batch's time that grows with what is in it. */
    public double workNanos(WorkSize load) {
        return safety.value() * meanWorkNanos(load);
    }

    /** What {@link #fixedNanos} is on average: for sums over many batches, where errors even out. */
    double meanFixedNanos() {
        return fit.coefficient(0);
    }

    /** What {@link #workNanos} is on average. */
    double meanWorkNanos(WorkSize load) {
        return fit.coefficient(1) * kind.first(load) + fit.coefficient(2) * kind.second(load);
    }
}
