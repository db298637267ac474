package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.server.traffic.Intervals.Interval;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class IntervalsTest {
    @Test
    void theRatesIntervalIsWilsons() {
        Interval some = Intervals.rate(10, 100);
        // By hand: (0.1 + z^2/200 -+ z sqrt(0.09/100 + z^2/40000)) / (1 + z^2/100), z = 1.95996.
        assertThat(some.low().orElseThrow()).isCloseTo(0.05523, within(1e-5));
        assertThat(some.high().orElseThrow()).isCloseTo(0.17437, within(1e-5));
        Interval none = Intervals.rate(0, 10);
        assertThat(none.low().orElseThrow()).isZero();
        assertThat(none.high().orElseThrow()).isCloseTo(0.27753, within(1e-5));
        assertThat(Intervals.rate(7, 7).high().orElseThrow()).isEqualTo(1);
    }

    /** Newcombe's own example: 56 of 70 beside 48 of 80 (Statistics in Medicine 17, 1998, method 10). */
    @Test
    void theDifferencesIntervalIsNewcombes() {
        Interval difference = Intervals.difference(Intervals.rate(56, 70), Intervals.rate(48, 80));

        assertThat(difference.estimate()).isCloseTo(0.2, within(1e-12));
        assertThat(difference.low().orElseThrow()).isCloseTo(0.0524, within(1e-4));
        assertThat(difference.high().orElseThrow()).isCloseTo(0.3339, within(1e-4));
    }

    @Test
    void aQuantileOfFewDurationsHasNoUpperBound() {
        LatencyHistogram histogram = new LatencyHistogram();
        for (int i = 0; i < 100; i++) {
            histogram.record(1_000_000);
        }
        Interval p99 = Intervals.quantile(histogram.snapshot(), 0.99, Intervals.Z_95);
        assertThat(p99.high()).isEmpty();
        assertThat(p99.low()).isPresent();
        for (int i = 0; i < 300; i++) {
            histogram.record(1_000_000);
        }
        assertThat(Intervals.quantile(histogram.snapshot(), 0.99, Intervals.Z_95)
                        .high())
                .as("0.99 to the power of 400 is below 2.5 %%")
                .isPresent();
    }

    /** Of 95 % intervals at least so many hold the true quantile, but for the chance of this number of trials. */
    @Test
    void quantilesAreWithinTheirIntervalsAsOftenAsTheLevelSays() {
        for (double quantile : new double[] {0.5, 0.99}) {
            double truth = -Math.log(1 - quantile) * 5e6;
            int held = 0;
            int trials = 2000;
            SplittableRandom random = new SplittableRandom(3);
            for (int trial = 0; trial < trials; trial++) {
                LatencyHistogram histogram = new LatencyHistogram();
                for (int i = 0; i < 600; i++) {
                    histogram.record((long) (-Math.log(1 - random.nextDouble()) * 5e6));
                }
                Interval interval = Intervals.quantile(histogram.snapshot(), quantile, Intervals.Z_95);
                held += interval.low().orElse(0) <= truth && interval.high().orElse(Double.POSITIVE_INFINITY) >= truth
                        ? 1
                        : 0;
            }
            assertThat(held / (double) trials).as("of quantile %s", quantile).isGreaterThan(0.945);
        }
    }

    @Test
    void exactAndNormalRanksAgreeWhereTheyMeet() {
        LatencyHistogram histogram = new LatencyHistogram();
        SplittableRandom random = new SplittableRandom(3);
        long[] durations = new long[20_001];
        for (int i = 0; i < durations.length; i++) {
            durations[i] = 1_000_000 + random.nextLong(9_000_000);
            histogram.record(durations[i]);
        }
        Arrays.sort(durations);
        Interval p99 = Intervals.quantile(histogram.snapshot(), 0.99, Intervals.Z_95);

        assertThat(p99.low().orElseThrow()).isCloseTo((double) durations[19_801 - 28], within(7e5));
        assertThat(p99.high().orElseThrow()).isCloseTo((double) durations[19_801 + 28], within(7e5));
    }

    @Test
    void histogramsKeepDurationsWithinASixteenthOfAnOctave() {
        for (long nanos : new long[] {1024, 1500, 65_535, 65_536, 1_234_567, 999_999_999, 60_000_000_000L}) {
            LatencyHistogram histogram = new LatencyHistogram();
            histogram.record(nanos);
            LatencyHistogram.Range range = histogram.snapshot().atRank(1);
            assertThat(range.low()).isLessThanOrEqualTo(nanos);
            assertThat(range.high()).isGreaterThan(nanos);
            assertThat((double) range.high() / range.low()).isLessThanOrEqualTo(1.0626);
        }
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.record(0);
        histogram.record(65_535);
        histogram.record(65_536);
        histogram.record(Long.MAX_VALUE);
        assertThat(histogram.snapshot().below(16)).isEqualTo(2);
        assertThat(histogram.snapshot().total()).isEqualTo(4);
    }
}
