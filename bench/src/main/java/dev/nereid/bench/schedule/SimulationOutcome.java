package dev.nereid.bench.schedule;

import java.util.Arrays;

/** Results of one model's requests in a simulation, without the first and the last that arrived. */
final class SimulationOutcome {
    private final double seconds;
    private long counted;
    private long inTime;
    private long[] latencies = new long[1024];
    private int answered;
    private long looks;
    private long instances;

    /** @param seconds the time in which the requests arrived that count */
    SimulationOutcome(double seconds) {
        this.seconds = seconds;
    }

    void arrive() {
        counted++;
    }

    void answer(long latencyNanos, double sloMillis) {
        if (latencyNanos <= sloMillis * 1e6) {
            inTime++;
        }
        if (answered == latencies.length) {
            latencies = Arrays.copyOf(latencies, 2 * answered);
        }
        latencies[answered++] = latencyNanos;
    }

    /** Notes how many instances the model has at some moment. */
    void has(int count) {
        looks++;
        instances += count;
    }

    /** How many it had on average, of those moments. */
    double meanInstances() {
        return looks == 0 ? Double.NaN : (double) instances / looks;
    }

    long counted() {
        return counted;
    }

    long inTime() {
        return inTime;
    }

    /** The part of the requests that were answered in time. */
    double quality() {
        return counted == 0 ? 1 : (double) inTime / counted;
    }

    /** Answers in time in a second. */
    double goodput() {
        return inTime / seconds;
    }

    /** The median time to an answer, in milliseconds. */
    double medianMillis() {
        if (answered == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(latencies, answered);
        Arrays.sort(sorted);
        return sorted[answered / 2] / 1e6;
    }
}
