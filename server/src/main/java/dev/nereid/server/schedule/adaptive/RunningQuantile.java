package dev.nereid.server.schedule.adaptive;

/** Follows a quantile of values that come one by one, in constant memory: it steps up or down with each of them. */
final class RunningQuantile {
    private final double quantile;
    private final double step;
    private final double least;
    private final double most;
    private double value;

    /**
     * Begins at {@code start}.
     *
     * @param quantile from 0 to 1
     * @param step how far a value above moves it, times the quantile
     */
    RunningQuantile(double quantile, double step, double start, double least, double most) {
        this.quantile = quantile;
        this.step = step;
        this.least = least;
        this.most = most;
        this.value = start;
    }

    double value() {
        return value;
    }

    void add(double sample) {
        double moved = sample > value ? value + step * quantile : value - step * (1 - quantile);
        value = Math.clamp(moved, least, most);
    }
}
