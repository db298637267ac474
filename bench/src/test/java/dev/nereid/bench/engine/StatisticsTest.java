package dev.nereid.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void medianOfAnEvenCountLiesBetweenTheMiddleTwo() {
        assertThat(Statistics.median(4, 1, 3, 2)).isEqualTo(2.5);
        assertThat(Statistics.median(7)).isEqualTo(7);
    }

    @Test
    void intervalOfFiveIsFromTheLeastToTheGreatest() {
        Statistics.Interval interval = Statistics.ofMedian(5, 1, 4, 2, 3);
        assertThat(interval.low()).isEqualTo(1);
        assertThat(interval.high()).isEqualTo(5);
        assertThat(interval.coverage()).isCloseTo(0.9375, within(1e-12));
    }

    @Test
    void intervalOfManyLeavesTheExtremesOut() {
        // Of eight values the second and the seventh cover 1 - 2 * (1 + 8) / 256.
        Statistics.Interval interval = Statistics.ofMedian(8, 7, 6, 5, 4, 3, 2, 1);
        assertThat(interval.low()).isEqualTo(2);
        assertThat(interval.high()).isEqualTo(7);
        assertThat(interval.coverage()).isCloseTo(1 - 18.0 / 256, within(1e-12));
    }

    @Test
    void intervalOfTwoOwnsUpToCoveringHalf() {
        assertThat(Statistics.ofMedian(1, 2).coverage()).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void spreadIsAShareOfTheMedian() {
        assertThat(Statistics.spread(0.9, 1.0, 1.2)).isCloseTo(0.3, within(1e-12));
    }

    @Test
    void geometricMeanOfARatioAndItsInverseIsOne() {
        assertThat(Statistics.geometricMean(0.25, 4)).isCloseTo(1, within(1e-12));
    }
}
