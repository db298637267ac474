package dev.nereid.models.operators.contrib;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GroupNormTest {
    private static final int BATCH = 2;
    private static final int CELLS = 6;
    private static final int CHANNELS = 8;
    private static final int GROUPS = 4;
    private static final float EPSILON = 1e-3f;

    /** The group norm of x: [batch, cells, channels], or [batch, channels, cells]. */
    private static double[] norm(double[] x, double[] gamma, double[] beta, boolean last, boolean swish) {
        double[] y = new double[x.length];
        int wide = CHANNELS / GROUPS;
        for (int item = 0; item < BATCH; item++) {
            for (int group = 0; group < GROUPS; group++) {
                double mean = 0;
                double squares = 0;
                for (int i = 0; i < CELLS * wide; i++) {
                    double value = x[at(item, i / wide, group * wide + i % wide, last)];
                    mean += value / (CELLS * wide);
                    squares += value * value / (CELLS * wide);
                }
                for (int i = 0; i < CELLS * wide; i++) {
                    int channel = group * wide + i % wide;
                    int at = at(item, i / wide, channel, last);
                    double z = (x[at] - mean) / Math.sqrt(squares - mean * mean + EPSILON) * gamma[channel]
                            + beta[channel];
                    y[at] = swish ? z / (1 + Math.exp(-z)) : z;
                }
            }
        }
        return y;
    }

    private static int at(int item, int cell, int channel, boolean last) {
        return last ? (item * CELLS + cell) * CHANNELS + channel : (item * CHANNELS + channel) * CELLS + cell;
    }

    @ParameterizedTest
    @CsvSource({"true, false", "true, true", "false, true"})
    void groupsOfChannelsAreNormalised(boolean last, boolean swish) {
        long[] dims = last ? new long[] {BATCH, 2, 3, CHANNELS} : new long[] {BATCH, CHANNELS, 2, 3};
        Tensor x = Floats.floats(1, dims);
        Tensor gamma = Floats.floats(2, CHANNELS);
        Tensor beta = Floats.floats(3, CHANNELS);
        OperatorCase.microsoft("GroupNorm")
                .with("groups", GROUPS)
                .with("epsilon", EPSILON)
                .with("channels_last", last ? 1 : 0)
                .with("activation", swish ? 1 : 0)
                .data(x)
                .argument(gamma)
                .argument(beta)
                .gives(
                        1e-5,
                        Expected.of(
                                norm(Floats.values(x), Floats.values(gamma), Floats.values(beta), last, swish), dims));
    }

    @ParameterizedTest
    @CsvSource({"2x2x3x8, true", "2x1x1x8, false", "2x8, true"})
    void skipsAreAddedFirst(String shape, boolean biased) {
        long[] dims = {BATCH, 2, 3, CHANNELS};
        Tensor x = Floats.floats(1, dims);
        Tensor gamma = Floats.floats(2, CHANNELS);
        Tensor beta = Floats.floats(3, CHANNELS);
        Tensor skip = Floats.floats(
                4,
                java.util.Arrays.stream(shape.split("x"))
                        .mapToLong(Long::parseLong)
                        .toArray());
        Tensor bias = Floats.floats(5, CHANNELS);
        double[] sum = Floats.values(x);
        for (int i = 0; i < sum.length; i++) {
            boolean whole = skip.shape().elements() == sum.length;
            int from = whole ? i : i / (CELLS * CHANNELS) * CHANNELS + i % CHANNELS;
            sum[i] += Floats.values(skip)[from] + (biased ? Floats.values(bias)[i % CHANNELS] : 0);
        }
        OperatorCase node = OperatorCase.microsoft("SkipGroupNorm")
                .with("groups", GROUPS)
                .with("epsilon", EPSILON)
                .with("activation", 0)
                .data(x)
                .argument(gamma)
                .argument(beta)
                .data(skip);
        (biased ? node.argument(bias) : node)
                .gives(
                        1e-5,
                        Expected.of(norm(sum, Floats.values(gamma), Floats.values(beta), true, false), dims),
                        Expected.of(sum, dims));
    }

    @Test
    void channelsThatMakeNoGroupsAreRefused() {
        OperatorCase node = OperatorCase.microsoft("GroupNorm")
                .with("groups", 3)
                .data(Floats.floats(1, BATCH, 2, 3, CHANNELS))
                .argument(Floats.floats(2, CHANNELS))
                .argument(Floats.floats(3, CHANNELS));
        assertThatThrownBy(node::run).hasMessageContaining("8 channels do not make 3 groups");
    }
}
