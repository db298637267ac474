package dev.nereid.bench.operators;

import dev.nereid.bench.models.Attributes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RotaryTest {
    private static final int BATCH = 2;
    private static final int TOKENS = 3;
    private static final int HEADS = 2;
    private static final int SIZE = 16;
    private static final int POSITIONS = 9;

    private static NodeCase node(Attributes attributes, boolean stacked, int rotated, int shift) {
        long[] positions = new long[3 * BATCH * TOKENS];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = (i * 5L + shift) % POSITIONS;
        }
        return NodeCase.microsoft("MRotaryEmbedding")
                .with(attributes)
                .input(
                        stacked
                                ? Data.floats(1, BATCH, HEADS, TOKENS, SIZE)
                                : Data.floats(1, BATCH, TOKENS, HEADS * SIZE))
                .input(Data.longs(positions, 3, BATCH, TOKENS))
                .input(Data.floats(2, POSITIONS, rotated / 2))
                .input(Data.floats(3, POSITIONS, rotated / 2))
                .constants(2);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, true", "1, 0, true", "0, 1, false", "1, 1, false", "1, 0, false"})
    void anglesBelongToPositions(int layout, int interleaved, boolean stacked) {
        Attributes attributes = Attributes.NONE
                .with("mrope_section", 4L, 2L, 2L)
                .with("mrope_layout", layout)
                .with("interleaved", interleaved)
                .with("num_heads", stacked ? 0 : HEADS)
                .with("rotary_embedding_dim", stacked ? 0 : SIZE);
        node(attributes, stacked, SIZE, 0).agrees(1e-6);
        node(attributes.withFloat("scale", 0.5f), stacked, SIZE, 1).agrees(1e-6);
    }

    @Test
    void partOfAHeadMayBeTurned() {
        Attributes attributes = Attributes.NONE
                .with("mrope_section", 2L, 1L, 1L)
                .with("rotary_embedding_dim", 8)
                .with("num_heads", HEADS);
        node(attributes, false, 8, 2).agrees(1e-6);
    }

    @Test
    void sectionsOfOtherLengthsAreRefused() {
        node(Attributes.NONE.with("mrope_section", 4L, 2L, 1L), true, SIZE, 0).isRefused("broadcast");
        node(Attributes.NONE.with("mrope_section", 4L, 4L), true, SIZE, 0).isRefused("mrope_section", "[4, 4]");
    }
}
