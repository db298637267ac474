package dev.nereid.bench.text;

/**
 * The search for the highest rate that a variant meets, a trial at a time, so that several searches take turns. A rate is
 * met if one of two trials meets it: a single miss may be the machine's.
 */
final class RateSearch {
    private static final double STEP = 1.4;

    private final double least;
    private final double resolution;
    private double low;
    private double high = Double.POSITIVE_INFINITY;
    private double rate;
    private boolean missed;

    /**
     * A search that begins at a rate.
     *
     * @param least the rate below which it gives up
     * @param resolution the ratio of rates at which it ends
     */
    RateSearch(double start, double least, double resolution) {
        this.rate = start;
        this.least = least;
        this.resolution = resolution;
    }

    boolean isDone() {
        return high / low <= resolution || rate < least;
    }

    /** The rate of the next trial. */
    double rate() {
        return rate;
    }

    /** The highest rate that was met; 0 where none was. */
    double best() {
        return low;
    }

    /** Takes the result of a trial at {@link #rate}. */
    void tried(boolean met) {
        if (!met && !missed) {
            missed = true;
            return;
        }
        missed = false;
        if (met) {
            low = rate;
        } else {
            high = rate;
        }
        rate = high == Double.POSITIVE_INFINITY ? low * STEP : low == 0 ? high / STEP : Math.sqrt(low * high);
    }
}
