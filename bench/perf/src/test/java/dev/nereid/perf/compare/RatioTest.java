package dev.nereid.perf.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.perf.measure.Summary;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RatioTest {
    private static Summary summary(double throughput) {
        return new Summary(1, 0, 0, 1, throughput, 0, 100, 0, new TreeMap<>(), new TreeMap<>(), 0, 0, 0, 0);
    }

    private static Ratio throughput(List<Round> rounds) {
        Summary none = summary(0);
        return Ratio.of(Quantity.THROUGHPUT, new ComparedLevel(1, rounds, none, none, 0, 0));
    }

    @Test
    void whatDisturbsBothWindowsOfARoundLeavesTheRatioAlone() {
        List<Round> rounds = new ArrayList<>();
        for (double machine : List.of(1000.0, 100.0, 4000.0)) {
            rounds.add(new Round(summary(1.25 * machine), summary(machine)));
        }
        Ratio ratio = throughput(rounds);
        assertThat(ratio.mean()).isCloseTo(1.25, within(1e-9));
        assertThat(ratio.low()).isCloseTo(1.25, within(1e-9));
        assertThat(ratio.isCertain()).isTrue();
        assertThat(ratio.firstIsBetter()).isTrue();
        assertThat(ratio.rounds()).isEqualTo(3);
    }

    @Test
    void intervalHoldsTheTrueRatioInNineteenOfTwentyRuns() {
        SplittableRandom random = new SplittableRandom(5);
        int runs = 2000;
        int held = 0;
        for (int run = 0; run < runs; run++) {
            List<Round> rounds = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                rounds.add(new Round(
                        summary(110 * Math.exp(0.1 * random.nextGaussian())),
                        summary(100 * Math.exp(0.1 * random.nextGaussian()))));
            }
            Ratio ratio = throughput(rounds);
            held += ratio.low() <= 1.1 && ratio.high() >= 1.1 ? 1 : 0;
        }
        assertThat((double) held / runs).isCloseTo(0.95, within(0.015));
    }

    @Test
    void serversThatAreAlikeAreNotToldApart() {
        Ratio ratio = throughput(List.of(
                new Round(summary(100), summary(90)),
                new Round(summary(90), summary(100)),
                new Round(summary(101), summary(100))));
        assertThat(ratio.isCertain()).isFalse();
        assertThat(ratio.least()).isCloseTo(0.9, within(1e-9));
        assertThat(ratio.most()).isCloseTo(100 / 90.0, within(1e-9));
    }

    @Test
    void roundsWithoutAFigureAreLeftOut() {
        assertThat(throughput(List.of(new Round(summary(0), summary(5)))).rounds())
                .isZero();
    }

    /** Against a table of the distribution. */
    @Test
    void quantilesOfStudentsDistributionAreThoseOfTables() {
        assertThat(StudentT.reach(4)).isEqualTo(2.776);
        assertThat(StudentT.reach(11)).isCloseTo(2.201, within(2e-3));
        assertThat(StudentT.reach(30)).isCloseTo(2.042, within(2e-3));
        assertThat(StudentT.reach(120)).isCloseTo(1.980, within(2e-3));
    }
}
