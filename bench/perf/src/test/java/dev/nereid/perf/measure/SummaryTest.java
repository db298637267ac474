package dev.nereid.perf.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SummaryTest {
    private static final long MILLI = 1_000_000;

    private static Samples samples(long... millis) {
        Samples samples = new Samples();
        for (long latency : millis) {
            samples.add(0, MILLI, 2 * MILLI, 3 * MILLI, MILLI + latency * MILLI, 1, false, false);
        }
        return samples;
    }

    @Test
    void percentilesAreElementsOfNearestRank() {
        long[] sorted = new long[10];
        for (int i = 0; i < 10; i++) {
            sorted[i] = (i + 1) * 1000L;
        }
        assertThat(Summary.nearest(sorted, 50)).isEqualTo(6);
        assertThat(Summary.nearest(sorted, 90)).isEqualTo(9);
        assertThat(Summary.nearest(sorted, 99)).isEqualTo(10);
        assertThat(Summary.nearest(new long[0], 50)).isZero();
        assertThat(Summary.nearest(new long[] {7000}, 99.99)).isEqualTo(7);
    }

    @Test
    void throughputCountsEveryElementOfABatch() {
        Summary summary = Summary.of(samples(10, 20, 30), 8, -1, 2_000 * MILLI);
        assertThat(summary.throughput()).isEqualTo(12);
        assertThat(summary.average()).isEqualTo(20_000);
        assertThat(summary.deviation()).isEqualTo(10_000);
    }

    @Test
    void latencyFromTheScheduledTimeHoldsTheDelayOfSending() {
        Summary summary = Summary.of(samples(10), 1, -1, MILLI);
        assertThat(summary.scheduled().get(50.0)).isEqualTo(11_000);
        assertThat(summary.sendDelay()).isEqualTo(1000);
        assertThat(summary.send()).isEqualTo(1000);
        assertThat(summary.waiting()).isEqualTo(1000);
        assertThat(summary.receive()).isEqualTo(8000);
    }

    @Test
    void partsOfMicrosecondsAreCutOff() {
        Samples samples = new Samples();
        samples.add(0, 0, 1999, 1999, 1999, 1, false, false);
        samples.add(0, 0, 1999, 1999, 3998, 1, false, false);
        Summary summary = Summary.of(samples, 1, -1, MILLI);
        // The mean is 2998.5 nanoseconds, the deviation 1413.5.
        assertThat(summary.average()).isEqualTo(2);
        assertThat(summary.deviation()).isEqualTo(1);
        assertThat(summary.send()).isEqualTo(1);
    }

    @Test
    void growsBeyondItsFirstCapacity() {
        Samples samples = new Samples();
        for (int i = 0; i < 5000; i++) {
            samples.add(i, i, i, i, i + 7L, 1, i % 2 == 0, false);
        }
        assertThat(samples.size()).isEqualTo(5000);
        assertThat(samples.end(4999)).isEqualTo(5006);
        assertThat(samples.isSequenceEnd(4998)).isTrue();
        assertThat(samples.latencies().max()).hasValue(7);
    }
}
