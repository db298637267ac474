package dev.nereid.perf.measure;

import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * What the requests of one or more windows took. Times in whole microseconds, cut off as perf_analyzer's are.
 *
 * @param requests answered in the windows
 * @param sequences ended in the windows
 * @param delayed requests that were sent too late for their schedule
 * @param seconds length of the windows
 * @param throughput inferences a second: requests times batch size
 * @param responses a second; differs from the requests' for decoupled models
 * @param percentiles of the latency by their number
 * @param deviation sample standard deviation of the latency
 * @param scheduled percentiles of the latency from the scheduled time on
 * @param sendDelay mean time between schedule and sending
 */
public record Summary(
        long requests,
        long sequences,
        long delayed,
        double seconds,
        double throughput,
        double responses,
        long average,
        long deviation,
        SortedMap<Double, Long> percentiles,
        SortedMap<Double, Long> scheduled,
        long sendDelay,
        long send,
        long waiting,
        long receive) {
    private static final List<Double> ALWAYS = List.of(50.0, 90.0, 95.0, 99.0);
    private static final List<Double> TAIL = List.of(99.9, 99.99);
    private static final double NANOS = 1e9;

    /**
     * Summarises requests.
     *
     * @param percentile wanted beside the usual ones; not above 0 for none
     * @param nanos length of the windows they ended in
     */
    public static Summary of(Samples samples, int batch, double percentile, long nanos) {
        double seconds = nanos / NANOS;
        int count = samples.size();
        long ended = 0;
        long delayed = 0;
        long responses = 0;
        for (int i = 0; i < count; i++) {
            ended += samples.isSequenceEnd(i) ? 1 : 0;
            delayed += samples.isDelayed(i) ? 1 : 0;
            responses += samples.responses(i);
        }
        long[] latencies = sorted(samples.latencies());
        double mean = mean(samples.latencies());
        return new Summary(
                count,
                ended,
                delayed,
                seconds,
                count * (double) batch / seconds,
                responses / seconds,
                (long) (mean / 1000),
                deviation(latencies, mean),
                percentiles(latencies, percentile),
                percentiles(sorted(samples.scheduledLatencies()), percentile),
                (long) (mean(samples.sendDelays()) / 1000),
                (long) (mean(samples.sendTimes()) / 1000),
                (long) (mean(samples.waitTimes()) / 1000),
                (long) (mean(samples.receiveTimes()) / 1000));
    }

    /** The percentile, where it is one of those that are always there or the one that was asked for. */
    public long percentile(double number) {
        return percentiles.getOrDefault(number, 0L);
    }

    /** As {@link #percentile}, of the latency from the scheduled time on. */
    public long scheduledPercentile(double number) {
        return scheduled.getOrDefault(number, 0L);
    }

    /** The latency that stability and limits look at: a percentile, or the mean where that is not above 0. */
    public long judged(double percentile) {
        return percentile > 0 ? percentile(percentile) : average;
    }

    private static long[] sorted(LongStream nanos) {
        return nanos.sorted().toArray();
    }

    private static double mean(LongStream nanos) {
        return nanos.average().orElse(0);
    }

    private static long deviation(long[] latencies, double mean) {
        double squares = Arrays.stream(latencies)
                .mapToDouble(latency -> (latency - mean) * (latency - mean))
                .sum();
        return latencies.length < 2 ? 0 : (long) (Math.sqrt(squares / (latencies.length - 1)) / 1000);
    }

    private static SortedMap<Double, Long> percentiles(long[] sorted, double wanted) {
        SortedMap<Double, Long> percentiles = new TreeMap<>();
        ALWAYS.forEach(number -> percentiles.put(number, nearest(sorted, number)));
        TAIL.forEach(number -> percentiles.put(number, nearest(sorted, number)));
        if (wanted > 0) {
            percentiles.put(wanted, nearest(sorted, wanted));
        }
        return percentiles;
    }

    /** The element of nearest rank, in microseconds; no interpolation. */
    static long nearest(long[] sorted, double percentile) {
        if (sorted.length == 0) {
            return 0;
        }
        int index = (int) Math.floor(percentile / 100 * (sorted.length - 1) + 0.5);
        return sorted[Math.min(index, sorted.length - 1)] / 1000;
    }
}
