package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The shares of a split and who moves when weights change, over 100,000 keys. */
class WeightedSplitTest {
    private static final int KEYS = 100_000;

    private static WeightedSplit split(double... weights) {
        List<WeightedSplit.Part> parts = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            String name = "target" + i;
            parts.add(new WeightedSplit.Part(name, i, weights[i], KeyHash.of("nereid", "", name)));
        }
        return new WeightedSplit(parts);
    }

    private static int[] choices(WeightedSplit split) {
        int[] chosen = new int[KEYS];
        for (int i = 0; i < KEYS; i++) {
            chosen[i] = (int) split.choose(KeyHash.of("user-" + i), _ -> true)
                    .orElseThrow()
                    .version();
        }
        return chosen;
    }

    private static double share(int[] chosen, int target) {
        int count = 0;
        for (int each : chosen) {
            count += each == target ? 1 : 0;
        }
        return count / (double) chosen.length;
    }

    @Test
    void eachTargetGetsItsShareOfTheKeys() {
        int[] chosen = choices(split(90, 7, 2.5, 0.5));

        // Four standard deviations of a binomial count at most.
        assertThat(share(chosen, 0)).isCloseTo(0.90, within(0.004));
        assertThat(share(chosen, 1)).isCloseTo(0.07, within(0.0033));
        assertThat(share(chosen, 2)).isCloseTo(0.025, within(0.002));
        assertThat(share(chosen, 3)).isCloseTo(0.005, within(0.0009));
    }

    @Test
    void aKeyIsAlwaysSentToTheSameTarget() {
        assertThat(choices(split(50, 30, 20))).isEqualTo(choices(split(50, 30, 20)));
    }

    @Test
    void theHashIsTheSameOnEveryMachine() {
        assertThat(KeyHash.of("user-1")).isEqualTo(KeyHash.of("user-1")).isNotEqualTo(KeyHash.of("user-", "1"));
        assertThat(Long.toHexString(KeyHash.of("user-1"))).isEqualTo("2b37bb5f3c31acaf");
    }

    @Test
    void growthMovesNobodyBack() {
        int[] before = choices(split(100, 0));
        for (double weight : List.of(1.0, 5.0, 10.0, 25.0, 50.0, 99.0)) {
            int[] after = choices(split(100 - weight, weight));
            for (int i = 0; i < KEYS; i++) {
                assertThat(before[i] == 1 && after[i] == 0)
                        .as("key %d at %s", i, weight)
                        .isFalse();
            }
            assertThat(share(after, 1)).isCloseTo(weight / 100, within(0.007));
            before = after;
        }
    }

    @Test
    void growthOfOneOfManyTakesKeysButGivesNone() {
        int[] before = choices(split(60, 20, 10, 10));
        int[] after = choices(split(60, 20, 30, 10));

        Map<String, Integer> moves = moves(before, after);

        assertThat(moves.keySet()).containsExactly("0>2", "1>2", "3>2");
        assertThat(share(after, 2)).isCloseTo(0.25, within(0.006));
    }

    @Test
    void twoThatGrowTogetherKeepTheirKeys() {
        assertThat(moves(choices(split(90, 5, 5)), choices(split(80, 10, 10))).keySet())
                .containsExactly("0>1", "0>2");
    }

    @Test
    void theKeysOfATargetThatIsAwaySpreadOverTheRest() {
        WeightedSplit split = split(60, 30, 10);
        int[] before = choices(split);
        int[] after = new int[KEYS];
        for (int i = 0; i < KEYS; i++) {
            after[i] = (int) split.choose(KeyHash.of("user-" + i), version -> version != 1)
                    .orElseThrow()
                    .version();
        }

        assertThat(moves(before, after).keySet()).containsExactly("1>0", "1>2");
        assertThat(share(after, 2)).isCloseTo(10 / 70.0, within(0.005));
        assertThat(split.choose(1, _ -> false)).isEmpty();
    }

    private static Map<String, Integer> moves(int[] before, int[] after) {
        Map<String, Integer> moves = new TreeMap<>();
        for (int i = 0; i < KEYS; i++) {
            if (before[i] != after[i]) {
                moves.merge(before[i] + ">" + after[i], 1, Integer::sum);
            }
        }
        return moves;
    }
}
