package dev.nereid.perf.measure;

/**
 * What was answered within a limit.
 *
 * @param within requests answered in time, counted from when they were to be sent
 * @param requests that ended, answered or not
 * @param throughput inferences a second of those in time
 */
public record Goodput(long within, long requests, double throughput) {
    private static final double NANOS_A_MILLI = 1e6;

    /**
     * Looks at all requests of a level.
     *
     * @param limitMillis that an answer may take from the time when its request was to be sent
     */
    public static Goodput of(LevelResult result, double limitMillis) {
        long within = result.merged()
                .samples()
                .scheduledLatencies()
                .filter(nanos -> nanos <= limitMillis * NANOS_A_MILLI)
                .count();
        long answered = result.summary().requests();
        return new Goodput(
                within,
                answered + result.merged().failed(),
                answered == 0 ? 0 : result.summary().throughput() * within / answered);
    }

    /** The share of all requests that ended, in percent. */
    public double percent() {
        return requests == 0 ? 0 : 100.0 * within / requests;
    }
}
