package dev.nereid.models.operators.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LongInternerTest {
    @Test
    void numbersLongsInTheOrderThatTheyComeIn() {
        LongInterner numbers = new LongInterner();
        long[] keys = new Random(1).longs(1000).distinct().toArray();
        keys[0] = 0;
        keys[1] = -1;
        keys[2] = Long.MIN_VALUE;
        for (int i = 0; i < keys.length; i++) {
            assertThat(numbers.get(keys[i])).isEqualTo(LongInterner.NONE);
            assertThat(numbers.add(keys[i])).isEqualTo(i);
            assertThat(numbers.add(keys[i])).isEqualTo(i);
        }
        assertThat(numbers.count()).isEqualTo(keys.length);
        for (int i = 0; i < keys.length; i++) {
            assertThat(numbers.get(keys[i])).isEqualTo(i);
            assertThat(numbers.get(keys[i] ^ 1L << 40)).isEqualTo(LongInterner.NONE);
        }
    }
}
