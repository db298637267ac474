package dev.nereid.perf.measure;

/**
 * Requests sent and processor time used by the load generator in some time.
 *
 * @param sent requests that it began to send
 * @param cpuNanos processor time that it used
 */
public record GeneratorUsage(long sent, long cpuNanos) {
    static final GeneratorUsage NONE = new GeneratorUsage(0, 0);

    GeneratorUsage minus(GeneratorUsage earlier) {
        return new GeneratorUsage(sent - earlier.sent, cpuNanos - earlier.cpuNanos);
    }

    GeneratorUsage plus(GeneratorUsage other) {
        return new GeneratorUsage(sent + other.sent, cpuNanos + other.cpuNanos);
    }
}
