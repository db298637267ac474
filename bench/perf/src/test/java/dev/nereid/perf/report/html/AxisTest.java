package dev.nereid.perf.report.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void linearAxisEndsAtARoundNumber() {
        Axis axis = Axis.linear("", 13_956, NumberFormat::plain);
        assertThat(axis.high()).isEqualTo(15_000);
        assertThat(axis.ticks()).extracting(Axis.Tick::label).containsExactly("0", "5000", "10 k", "15 k");
        assertThat(axis.place(7500)).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void latenciesFarApartAreDrawnByTheirLogarithms() {
        Axis axis = Axis.of("", 100, 30_000, NumberFormat::micros);
        assertThat(axis.ticks()).extracting(Axis.Tick::label).containsExactly("100 µs", "1 ms", "10 ms");
        assertThat(axis.place(1000) - axis.place(100)).isCloseTo(axis.place(10_000) - axis.place(1000), within(1e-9));
    }

    @Test
    void eachNineOfAPercentileTakesAsMuchRoom() {
        Axis axis = Axis.percentiles();
        assertThat(axis.place(99) - axis.place(90)).isCloseTo(axis.place(99.9) - axis.place(99), within(1e-9));
        assertThat(axis.place(100)).isEqualTo(1);
    }

    @Test
    void numbersHaveThreeDigitsAndAUnit() {
        assertThat(NumberFormat.micros(0.5)).isEqualTo("0.5 µs");
        assertThat(NumberFormat.micros(1234)).isEqualTo("1.23 ms");
        assertThat(NumberFormat.micros(2_500_000)).isEqualTo("2.5 s");
        assertThat(NumberFormat.plain(97_000)).isEqualTo("97 k");
        assertThat(NumberFormat.plain(Double.NaN)).isEqualTo("–");
    }
}
