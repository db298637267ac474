package dev.nereid.bench.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateSearchTest {
    private static final double RESOLUTION = 1.05;
    private static final int MOST_TRIALS = 60;

    @ParameterizedTest
    @ValueSource(doubles = {3, 90, 100, 1234})
    void findsTheHighestRateThatIsMet(double truth) {
        RateSearch search = new RateSearch(100, 1, RESOLUTION);
        for (int trial = 0; !search.isDone() && trial < MOST_TRIALS; trial++) {
            search.tried(search.rate() <= truth);
        }
        assertThat(search.best()).isBetween(truth / RESOLUTION, truth);
    }

    @ParameterizedTest
    @ValueSource(doubles = {90, 1234})
    void aSingleMissIsForgiven(double truth) {
        RateSearch search = new RateSearch(100, 1, RESOLUTION);
        boolean disturbed = false;
        for (int trial = 0; !search.isDone() && trial < MOST_TRIALS; trial++) {
            disturbed = !disturbed;
            search.tried(search.rate() <= truth && !disturbed);
        }
        assertThat(search.best()).isBetween(truth / RESOLUTION, truth);
    }

    @Test
    void endsWhereNoRateIsMet() {
        RateSearch search = new RateSearch(100, 1, RESOLUTION);
        int trials = 0;
        for (; !search.isDone() && trials < MOST_TRIALS; trials++) {
            search.tried(false);
        }
        assertThat(trials).isLessThan(MOST_TRIALS);
        assertThat(search.best()).isZero();
    }
}
