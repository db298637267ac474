package dev.nereid.models.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DimTest {
    private final Dim s = Dim.symbol("s");
    private final Dim t = Dim.symbol("t");

    @Test
    void equalFormulasAreEqualWhateverTheirOrder() {
        assertThat(s.plus(t).times(2)).isEqualTo(t.times(2).plus(s).plus(s));
        assertThat(s.times(t)).isEqualTo(t.times(s));
        assertThat(s.plus(1).minus(s)).isEqualTo(Dim.of(1));
    }

    @Test
    void dividesExactlyWhereThereIsNoRest() {
        assertThat(s.times(12).floorDivide(Dim.of(12))).isEqualTo(s);
        assertThat(s.times(t).times(384).floorDivide(s.times(32))).isEqualTo(t.times(12));
        assertThat(s.times(4).modulo(Dim.of(2))).isEqualTo(Dim.of(0));
    }

    @Test
    void whatIsNeverNegativeIsTheMaximumBesideZero() {
        assertThat(Dim.max(s.plus(t), Dim.of(0))).isEqualTo(s.plus(t));
        assertThat(Dim.max(Dim.of(0), s)).isEqualTo(s);
        assertThat(Dim.max(s.minus(t), Dim.of(0)).evaluate(Map.of("s", 1L, "t", 2L)::get))
                .isEqualTo(0);
    }

    @Test
    void keepsADivisionThatMayHaveARest() {
        Dim half = s.plus(1).floorDivide(Dim.of(2));
        assertThat(half.isKnown()).isFalse();
        assertThat(half.evaluate(Map.of("s", 4L)::get)).isEqualTo(2);
        assertThat(s.ceilDivide(Dim.of(2)).evaluate(Map.of("s", 5L)::get)).isEqualTo(3);
    }

    @Test
    void aDivisionTowardsZeroIsShortWhereNothingIsNegative() {
        Dim two = Dim.of(2);
        assertThat(s.plus(1).truncatingDivide(two)).isEqualTo(s.plus(1).floorDivide(two));
        assertThat(Dim.max(s.minus(t), Dim.of(0)).truncatingDivide(two))
                .isEqualTo(Dim.max(s.minus(t), Dim.of(0)).floorDivide(two));
        assertThat(Dim.of(-3).truncatingDivide(two)).isEqualTo(Dim.of(-1));
        Dim half = s.minus(Dim.of(7)).truncatingDivide(two);
        assertThat(half.evaluate(Map.of("s", 4L)::get)).isEqualTo(-1);
        assertThat(half.evaluate(Map.of("s", 10L)::get)).isEqualTo(1);
    }

    @Test
    void broadcastPrefersWhatIsKnown() {
        assertThat(Dim.broadcast(s, Dim.of(1))).isEqualTo(s);
        assertThat(Dim.broadcast(Dim.of(1), s)).isEqualTo(s);
        assertThat(Dim.broadcast(s, Dim.of(7))).isEqualTo(Dim.of(7));
        assertThat(Dim.broadcast(s, t).evaluate(Map.of("s", 1L, "t", 9L)::get)).isEqualTo(9);
    }

    @Test
    void aTableCutToALengthBroadcastsWithThatLength() {
        assertThat(Dim.broadcast(s, Dim.min(s, Dim.of(512)))).isEqualTo(s);
        assertThat(Dim.broadcast(Dim.min(Dim.of(512), s), s)).isEqualTo(s);
        assertThat(Dim.broadcast(t, Dim.min(s, Dim.of(512)))).isNotEqualTo(t);
    }

    @Test
    void namesItsSymbolsAlsoInsideOperations() {
        assertThat(Dim.max(s, t.floorDivide(Dim.of(3))).symbols()).containsExactly("s", "t");
    }

    @Test
    void refusesTheValueOfAFormula() {
        assertThatThrownBy(s::value).isInstanceOf(IllegalStateException.class).hasMessageContaining("s");
    }
}
