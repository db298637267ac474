package dev.nereid.models.operators.contrib;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionFormulasTest {
    private static final int BATCH = 2;
    private static final int TOKENS = 3;
    private static final int HEADS = 2;
    private static final int SIZE = 4;
    private static final int GATES = 6;

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void positionsAreGated() {
        Tensor queries = Floats.floats(1, BATCH, TOKENS, HEADS * SIZE);
        Tensor bias = Floats.floats(2, HEADS * SIZE);
        Tensor positions = Floats.floats(3, 1, HEADS, TOKENS, TOKENS);
        Tensor weight = Floats.floats(4, SIZE, GATES);
        Tensor gateBias = Floats.floats(5, GATES);
        Tensor factors = Floats.floats(6, 1, HEADS, 1, 1);
        double[] y = new double[BATCH * HEADS * TOKENS * TOKENS];
        for (int i = 0; i < y.length; i++) {
            int token = i / TOKENS % TOKENS;
            int head = i / TOKENS / TOKENS % HEADS;
            int item = i / TOKENS / TOKENS / HEADS;
            double[] sums = new double[2];
            for (int gate = 0; gate < GATES; gate++) {
                double sum = Floats.values(gateBias)[gate];
                for (int j = 0; j < SIZE; j++) {
                    int channel = head * SIZE + j;
                    double query = Floats.values(queries)[(item * TOKENS + token) * HEADS * SIZE + channel]
                            + Floats.values(bias)[channel];
                    sum += query * Floats.values(weight)[j * GATES + gate];
                }
                sums[gate / (GATES / 2)] += sum;
            }
            double gate = sigmoid(sums[0]) * (sigmoid(sums[1]) * Floats.values(factors)[head] - 1) + 2;
            y[i] = gate * Floats.values(positions)[i % (HEADS * TOKENS * TOKENS)];
        }
        OperatorCase.microsoft("GatedRelativePositionBias")
                .with("num_heads", HEADS)
                .data(queries)
                .argument(bias)
                .data(positions)
                .argument(weight)
                .argument(gateBias)
                .argument(factors)
                .gives(1e-5, Expected.of(y, BATCH, HEADS, TOKENS, TOKENS));
    }

    @Test
    void queriesOfOtherHeadsAreRefused() {
        OperatorCase node = OperatorCase.microsoft("GatedRelativePositionBias")
                .with("num_heads", 3)
                .data(Floats.floats(1, BATCH, TOKENS, HEADS * SIZE))
                .argument(Floats.floats(2, HEADS * SIZE))
                .data(Floats.floats(3, 1, HEADS, TOKENS, TOKENS))
                .argument(Floats.floats(4, SIZE, GATES))
                .argument(Floats.floats(5, GATES))
                .argument(Floats.floats(6, 1, HEADS, 1, 1));
        assertThatThrownBy(node::run).hasMessageContaining("Reshape");
    }

    @Test
    void queriesAndKeysAreTurned() {
        Tensor angles = Floats.floats(1, BATCH, TOKENS, SIZE);
        double[][] given = new double[4][];
        OperatorCase node = OperatorCase.microsoft("GemmaRotaryEmbedding").data(angles);
        for (int i = 0; i < given.length; i++) {
            Tensor tensor = Floats.floats(2 + i, BATCH, HEADS, TOKENS, SIZE);
            given[i] = Floats.values(tensor);
            node.data(tensor);
        }
        Expected[] expected = new Expected[2];
        for (int output = 0; output < 2; output++) {
            double[] y = new double[given[0].length];
            for (int i = 0; i < y.length; i++) {
                int place = TOKENS * SIZE;
                double angle = Floats.values(angles)[i / place / HEADS * place + i % place];
                y[i] = given[2 * output][i] * Math.cos(angle) + given[2 * output + 1][i] * Math.sin(angle);
            }
            expected[output] = Expected.of(y, BATCH, HEADS, TOKENS, SIZE);
        }
        node.gives(1e-5, expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ComplexMul", "ComplexMulConj"})
    void complexNumbersAreMultiplied(String operator) {
        Tensor left = Floats.floats(1, 3, 5, 2);
        Tensor right = Floats.floats(2, 3, 5, 2);
        double sign = operator.equals("ComplexMul") ? 1 : -1;
        double[] a = Floats.values(left);
        double[] b = Floats.values(right);
        double[] y = new double[a.length];
        for (int i = 0; i < y.length; i += 2) {
            y[i] = a[i] * b[i] - sign * a[i + 1] * b[i + 1];
            y[i + 1] = a[i + 1] * b[i] + sign * a[i] * b[i + 1];
        }
        OperatorCase.microsoft(operator).data(left).data(right).gives(1e-6, Expected.of(y, 3, 5, 2));
    }
}
