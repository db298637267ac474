package dev.nereid.bench.schedule;

import java.util.Random;

/** Requests in the order of their arrival. */
public final class ArrivalTrace {
    /** How requests come, beside how many. */
    enum Pattern {
        /** Independent of each other. */
        POISSON,
        /** By turns 0.4 and 1.6 times as many, for 200 ms on average. */
        BURSTY
    }

    private static final double SECOND = 1e9;
    private static final double DWELL_NANOS = 200e6;
    private static final double QUIET = 0.4;
    private static final double BUSY = 1.6;
    private static final double MEDIAN_LENGTH = 48;
    private static final int LEAST_LENGTH = 4;
    /** Standard deviation of the logarithm of the lengths. */
    private static final double SPREAD = 0.9;

    private final long[] nanos;
    private final int[] models;
    private final int[] lengths;

    private ArrivalTrace(long[] nanos, int[] models, int[] lengths) {
        this.nanos = nanos;
        this.models = models;
        this.lengths = lengths;
    }

    /**
     * Draws requests.
     *
     * @param rates requests in a second, a model each
     * @param texts whether lengths vary; else each is 1
     */
    static ArrivalTrace draw(double[] rates, Pattern pattern, int count, boolean texts, long seed) {
        Random times = new Random(seed);
        Random choices = new Random(seed + 1_000_003);
        Random words = new Random(seed + 2_000_003);
        double total = 0;
        for (double rate : rates) {
            total += rate;
        }
        long[] nanos = new long[count];
        int[] models = new int[count];
        int[] lengths = new int[count];
        double now = 0;
        boolean busy = false;
        double turnNanos = 0;
        for (int i = 0; i < count; i++) {
            double wanted = exponential(times) * SECOND / total;
            if (pattern == Pattern.POISSON) {
                now += wanted;
            } else {
                // What a rate of 1 would take, spread over turns of other rates.
                while (wanted > 0) {
                    if (turnNanos <= 0) {
                        busy = !busy;
                        turnNanos = exponential(times) * DWELL_NANOS;
                    }
                    double factor = busy ? BUSY : QUIET;
                    double part = Math.min(turnNanos, wanted / factor);
                    now += part;
                    turnNanos -= part;
                    wanted -= part * factor;
                    wanted = wanted < 1e-3 ? 0 : wanted;
                }
            }
            nanos[i] = (long) now;
            models[i] = choose(rates, choices.nextDouble() * total);
            lengths[i] = texts ? length(words) : 1;
        }
        return new ArrivalTrace(nanos, models, lengths);
    }

    int size() {
        return nanos.length;
    }

    /** When a request arrives. */
    long nanos(int index) {
        return nanos[index];
    }

    /** The model that a request is for. */
    int model(int index) {
        return models[index];
    }

    /** The tokens of a request. */
    int length(int index) {
        return lengths[index];
    }

    long endNanos() {
        return nanos[nanos.length - 1];
    }

    private static double exponential(Random random) {
        return -Math.log(1 - random.nextDouble());
    }

    private static int choose(double[] rates, double point) {
        double rest = point;
        for (int i = 0; i < rates.length; i++) {
            rest -= rates[i];
            if (rest < 0) {
                return i;
            }
        }
        return rates.length - 1;
    }

    /** The tokens of a text: lognormal, within bounds. */
    public static int length(Random random) {
        double length = MEDIAN_LENGTH * Math.exp(SPREAD * random.nextGaussian());
        return Math.clamp(Math.round(length), LEAST_LENGTH, SimulatedRequests.MOST_TOKENS);
    }
}
