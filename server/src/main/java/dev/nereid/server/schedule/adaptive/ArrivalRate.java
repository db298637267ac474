package dev.nereid.server.schedule.adaptive;

/** How much work arrives in a unit of time, lately: what is older counts exponentially less. */
final class ArrivalRate {
    /** The first arrivals are spread over at least this part of the memory, however close they came. */
    private static final double LEAST_SPAN = 1.0 / 50;

    private final double memoryNanos;
    private WorkSize sum = WorkSize.NONE;
    private double count;
    private long lastNanos;
    private long firstNanos;
    private boolean started;

    /** @param memoryNanos the time after which an arrival counts 1/e */
    ArrivalRate(double memoryNanos) {
        this.memoryNanos = memoryNanos;
    }

    void add(WorkSize load, long nowNanos) {
        if (!started) {
            started = true;
            firstNanos = nowNanos;
            lastNanos = nowNanos;
        }
        double decay = decay(nowNanos);
        sum = sum.times(decay).plus(load);
        count = count * decay + 1;
        lastNanos = nowNanos;
    }

    /** Requests in a nanosecond. */
    double requests(long nowNanos) {
        return count == 0 ? 0 : count * decay(nowNanos) / span(nowNanos);
    }

    /** Work in a nanosecond; its longest item is one of typical length. */
    WorkSize work(long nowNanos) {
        if (sum.items() == 0) {
            return WorkSize.NONE;
        }
        WorkSize rate = sum.times(decay(nowNanos) / span(nowNanos));
        // Padding makes all items alike: the root of the mean square lies between the mean and the longest.
        return new WorkSize(rate.items(), rate.tokens(), rate.squares(), Math.sqrt(rate.squares() / rate.items()));
    }

    private double decay(long nowNanos) {
        return Math.exp(-Math.max(nowNanos - lastNanos, 0) / memoryNanos);
    }

    /** The time over which the sum was made, as far as it still counts. */
    private double span(long nowNanos) {
        double elapsed = Math.max((double) (nowNanos - firstNanos), memoryNanos * LEAST_SPAN);
        return memoryNanos * -Math.expm1(-elapsed / memoryNanos);
    }
}
