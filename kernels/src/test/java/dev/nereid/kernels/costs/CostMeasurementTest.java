package dev.nereid.kernels.costs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.convolution.ConvolutionCostModel.Cost;
import dev.nereid.kernels.convolution.ConvolutionCostModel.Work;
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import org.junit.jupiter.api.Test;

class CostMeasurementTest {
    private static final Work NARROW = new Work(2e6, 16e3, 9e3);
    private static final Work WIDE = new Work(29e6, 50e3, 147e3);
    private static final Work DEEP = new Work(38e6, 16e3, 2.4e6);

    private static Cost fit(Cost narrow, Cost wide, Cost deep) {
        return CostMeasurement.fit(NARROW, narrow.nanos(NARROW), WIDE, wide.nanos(WIDE), DEEP, deep.nanos(DEEP));
    }

    @Test
    void timesThatFollowFromCostsGiveTheCosts() {
        Cost inCache = new Cost(0.02, 0.3, 0);
        Cost fitted = fit(inCache, inCache, new Cost(0.02, 0.3, 0.015));
        assertThat(fitted.multiplyAdd()).isCloseTo(0.02, within(1e-9));
        assertThat(fitted.value()).isCloseTo(0.3, within(1e-9));
        assertThat(fitted.filterByte()).isCloseTo(0.015, within(1e-9));
    }

    @Test
    void nothingTakesLessThanNoTime() {
        Cost wide = new Cost(0.03, 0, 0);
        // A narrow layer that is faster than its multiply-adds allow, and a deep one too.
        Cost fitted = fit(new Cost(0.02, 0, 0), wide, new Cost(0.01, 0, 0));
        assertThat(fitted).isEqualTo(new Cost(wide.nanos(WIDE) / WIDE.multiplyAdds(), 0, 0));
        // And one that takes so long that values would explain more than all of the wide one.
        Cost slow = fit(new Cost(1, 1, 0), wide, new Cost(0.01, 0, 0));
        assertThat(slow.multiplyAdd()).isZero();
        assertThat(slow.value()).isPositive();
        assertThat(slow.filterByte()).isZero();
    }

    @Test
    void kernelsWithoutAChoiceAreRefused() {
        assertThatThrownBy(() -> CostMeasurement.of(new ScalarChannelsLast()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing to choose from");
    }
}
