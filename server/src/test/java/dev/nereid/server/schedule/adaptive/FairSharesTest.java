package dev.nereid.server.schedule.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class FairSharesTest {
    private static double level(double[] demands, double[] weights) {
        return FairShares.level(demands, weights, 1);
    }

    @Test
    void whoWantsLittleGetsItAndTheOthersTheRest() {
        assertThat(level(new double[] {0.1, 2, 3}, new double[] {1, 1, 1})).isCloseTo(0.45, within(1e-9));
    }

    @Test
    void theRestGoesByWeight() {
        assertThat(level(new double[] {0.1, 2, 3}, new double[] {1, 1, 2})).isCloseTo(0.3, within(1e-9));
    }

    @Test
    void equalDemandsGetEqualShares() {
        assertThat(level(new double[] {1, 1, 1, 1}, new double[] {1, 1, 1, 1})).isCloseTo(0.25, within(1e-9));
    }
}
