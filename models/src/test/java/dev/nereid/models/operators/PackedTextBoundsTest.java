package dev.nereid.models.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class PackedTextBoundsTest {
    private static PackedTextBounds read(long tokens, long... ends) {
        Tensor tensor = Tensor.of(
                DataType.INT64, Shape.of(ends.length), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, ends));
        return PackedTextBounds.read(tensor, tokens);
    }

    @Test
    void textsStandOneBehindTheOther() {
        PackedTextBounds texts = read(9, 2, 3, 9);
        assertThat(texts.count()).isEqualTo(3);
        assertThat(texts.start(1)).isEqualTo(2);
        assertThat(texts.end(1)).isEqualTo(3);
        assertThat(texts.length(2)).isEqualTo(6);
        assertThat(texts.longest()).isEqualTo(6);
    }

    @Test
    void refusesEndsThatDoNotCoverTheTokens() {
        assertThatThrownBy(() -> read(9, 2, 2, 9)).hasMessageContaining("rise up to 9, got 2 behind 2");
        assertThatThrownBy(() -> read(9, 5, 3, 9)).hasMessageContaining("got 3 behind 5");
        assertThatThrownBy(() -> read(9, 2, 10)).hasMessageContaining("got 10");
        assertThatThrownBy(() -> read(9, 2, 3)).hasMessageContaining("expected the last to be 9, got 3");
        assertThatThrownBy(() -> read(9)).hasMessageContaining("expected the last to be 9, got 0");
    }
}
