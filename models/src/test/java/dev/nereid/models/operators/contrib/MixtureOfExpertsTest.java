package dev.nereid.models.operators.contrib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MixtureOfExpertsTest {
    private static final int EXPERTS = 3;
    private static final int HIDDEN = 8;
    private static final int INNER = 6;
    private static final int TOKENS = 5;

    private static double swish(double x, double alpha) {
        return x / (1 + Math.exp(-alpha * x));
    }

    private static double dot(double[] weights, int row, int columns, double[] x) {
        double sum = 0;
        for (int i = 0; i < columns; i++) {
            sum += weights[row * columns + i] * x[i];
        }
        return sum;
    }

    /** Where a run of the first layer, and its gate, has the row of a number between the layers. */
    private record Layout(boolean joined, boolean turns) {
        int first(int expert, int i) {
            return joined ? expert * 2 * INNER + (turns ? 2 * i : i) : expert * INNER + i;
        }

        int gate(int expert, int i) {
            return joined ? expert * 2 * INNER + (turns ? 2 * i + 1 : INNER + i) : expert * INNER + i;
        }
    }

    /** What the experts with the highest scores give, mixed by the softmax among all. */
    private static double[] mixed(
            double[] x,
            double[] scores,
            double[] first,
            double[] gate,
            double[] second,
            Layout layout,
            boolean swiglu) {
        double[] y = new double[x.length];
        for (int token = 0; token < TOKENS; token++) {
            double[] row = java.util.Arrays.copyOfRange(x, token * HIDDEN, (token + 1) * HIDDEN);
            double sum = 0;
            int best = 0;
            for (int expert = 0; expert < EXPERTS; expert++) {
                sum += Math.exp(scores[token * EXPERTS + expert]);
                best = scores[token * EXPERTS + expert] > scores[token * EXPERTS + best] ? expert : best;
            }
            double[] between = new double[INNER];
            for (int i = 0; i < INNER; i++) {
                double g = dot(first, layout.first(best, i), HIDDEN, row);
                double l = dot(gate, layout.gate(best, i), HIDDEN, row);
                between[i] =
                        swiglu ? swish(Math.min(g, 0.4f), 1.5f) * (Math.clamp(l, -0.4f, 0.4f) + 0.5f) : swish(g, 1) * l;
            }
            for (int j = 0; j < HIDDEN; j++) {
                y[token * HIDDEN + j] =
                        Math.exp(scores[token * EXPERTS + best]) / sum * dot(second, best * HIDDEN + j, INNER, between);
            }
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "2, true", "0, false"})
    void gatesMayLieAnywhere(int fusion, boolean swiglu) {
        int units = fusion == 0 ? INNER : 2 * INNER;
        Tensor x = Floats.floats(1, TOKENS, HIDDEN);
        Tensor scores = Floats.floats(2, TOKENS, EXPERTS);
        Tensor first = Floats.floats(3, EXPERTS, units, HIDDEN);
        Tensor second = Floats.floats(4, EXPERTS, HIDDEN, INNER);
        Tensor gate = fusion == 0 ? Floats.floats(5, EXPERTS, INNER, HIDDEN) : first;
        double[] y = mixed(
                Floats.values(x),
                Floats.values(scores),
                Floats.values(first),
                Floats.values(gate),
                Floats.values(second),
                new Layout(fusion != 0, fusion == 1),
                swiglu);
        OperatorCase node = OperatorCase.microsoft("MoE")
                .with("activation_type", swiglu ? "swiglu" : "silu")
                .with("activation_alpha", 1.5f)
                .with("activation_beta", 0.5f)
                .with("swiglu_limit", 0.4f)
                .with("swiglu_fusion", fusion)
                .data(x)
                .data(scores)
                .argument(first)
                .absent()
                .argument(second);
        (fusion == 0 ? node.absent().argument(gate) : node).gives(1e-5, Expected.of(y, TOKENS, HIDDEN));
    }

    private static OperatorCase plain(Tensor x, Tensor scores) {
        return OperatorCase.microsoft("MoE")
                .with("k", 2)
                .data(x)
                .data(scores)
                .argument(Floats.floats(3, EXPERTS, INNER, HIDDEN))
                .argument(Floats.floats(4, EXPERTS, INNER))
                .argument(Floats.floats(5, EXPERTS, HIDDEN, INNER));
    }

    @Test
    void tokensDoNotDependOnTheirNeighbours() {
        Tensor x = Floats.floats(1, TOKENS, HIDDEN);
        Tensor scores = Floats.floats(2, TOKENS, EXPERTS);
        double[] all = Floats.values(plain(x, scores).tensors().getFirst());
        for (int token = 0; token < TOKENS; token++) {
            Tensor alone = Tensor.of(
                    DataType.FP32, Shape.of(1, HIDDEN), x.segment().asSlice(4L * token * HIDDEN, 4L * HIDDEN));
            Tensor own = Tensor.of(
                    DataType.FP32, Shape.of(1, EXPERTS), scores.segment().asSlice(4L * token * EXPERTS, 4L * EXPERTS));
            double[] y = Floats.values(
                    plain(Tensors.copy(alone), Tensors.copy(own)).tensors().getFirst());
            assertThat(y).isEqualTo(java.util.Arrays.copyOfRange(all, token * HIDDEN, (token + 1) * HIDDEN));
        }
    }

    @ParameterizedTest
    @CsvSource({"FP16, 1e-2", "BF16, 5e-2"})
    void halvesAreWidened(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, TOKENS, HIDDEN);
        Tensor scores = Floats.random(type, 2, TOKENS, EXPERTS);
        Tensor first = Floats.random(type, 3, EXPERTS, 2 * INNER, HIDDEN);
        Tensor second = Floats.random(type, 4, EXPERTS, HIDDEN, INNER);
        double[] y = mixed(
                Floats.values(x),
                Floats.values(scores),
                Floats.values(first),
                Floats.values(first),
                Floats.values(second),
                new Layout(true, true),
                true);
        OperatorCase.microsoft("MoE")
                .with("activation_type", "swiglu")
                .with("activation_alpha", 1.5f)
                .with("activation_beta", 0.5f)
                .with("swiglu_limit", 0.4f)
                .with("swiglu_fusion", 1)
                .data(x)
                .data(scores)
                .argument(first)
                .absent()
                .argument(second)
                .gives(tolerance, Expected.of(y, TOKENS, HIDDEN));
    }

    @Test
    void whatIsNotSupportedIsRefused() {
        Tensor x = Floats.floats(1, TOKENS, HIDDEN);
        Tensor scores = Floats.floats(2, TOKENS, EXPERTS);
        assertThatThrownBy(() -> plain(x, scores).with("use_sparse_mixer", 1).run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("use_sparse_mixer");
        assertThatThrownBy(
                        () -> plain(x, scores).with("activation_type", "swiglu").run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("swiglu_fusion");
        assertThatThrownBy(
                        () -> plain(x, scores).with("activation_type", "tanh").run())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("got 'tanh'");
        assertThatThrownBy(() ->
                        plain(Floats.floats(1, TOKENS, HIDDEN - 1), scores).run())
                .hasMessageContaining("[tokens, 8]")
                .hasMessageContaining("[5,7]");
    }
}
