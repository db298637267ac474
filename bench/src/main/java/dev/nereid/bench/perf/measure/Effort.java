package dev.nereid.bench.perf.measure;

/**
 * What the generator itself did in some time.
 *
 * @param sent requests that it began to send
 * @param cpuNanos processor time that it used
 */
public record Effort(long sent, long cpuNanos) {
    static final Effort NONE = new Effort(0, 0);

    Effort minus(Effort earlier) {
        return new Effort(sent - earlier.sent, cpuNanos - earlier.cpuNanos);
    }

    Effort plus(Effort other) {
        return new Effort(sent + other.sent, cpuNanos + other.cpuNanos);
    }
}
