package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RotaryEmbeddingTest {
    /** x: [1, 2 tokens, 2 heads of 4], neighbours turned at the positions from {@code first} on. */
    private static double[] turned(Tensor x, Tensor cosines, Tensor sines, int first) {
        double[] from = Floats.values(x);
        double[] y = new double[16];
        for (int at = 0; at < 16; at += 2) {
            int angle = (first + at / 8) * 2 + at / 2 % 2;
            double c = Floats.values(cosines)[angle];
            double s = Floats.values(sines)[angle];
            y[at] = from[at] * c - from[at + 1] * s;
            y[at + 1] = from[at] * s + from[at + 1] * c;
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-6", "FP16, 2e-3", "BF16, 2e-2"})
    void firstPositionIsGivenForAllTokens(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 1, 2, 8);
        Tensor cosines = Floats.random(type, 2, 6, 2);
        Tensor sines = Floats.random(type, 3, 6, 2);
        OperatorCase.microsoft("RotaryEmbedding")
                .with("interleaved", 1)
                .data(x)
                .data(Tensors.longs(3))
                .argument(cosines)
                .argument(sines)
                .gives(tolerance, Expected.of(turned(x, cosines, sines, 3), 1, 2, 8));
    }

    @Test
    void positionOutsideTheAnglesIsRefused() {
        OperatorCase run = OperatorCase.microsoft("RotaryEmbedding")
                .data(Floats.floats(1, 1, 2, 8))
                .data(Tensors.longs(5))
                .argument(Floats.floats(2, 6, 2))
                .argument(Floats.floats(3, 6, 2));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("position 6");
    }

    @Test
    void anglesForAnotherSizeAreRefused() {
        OperatorCase run = OperatorCase.of("RotaryEmbedding", 23)
                .with("num_heads", 2)
                .data(Floats.floats(1, 1, 2, 8))
                .data(Floats.floats(2, 1, 2, 3))
                .data(Floats.floats(3, 1, 2, 3));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("heads of 4");
    }

    @Test
    void cacheTakesAnUpdateAcrossItsEnd() {
        Tensor cache = Tensors.counting(1, 4, 2);
        Tensor update = Floats.of(DataType.FP32, new double[] {10, 11, 12, 13}, 1, 2, 2);
        OperatorCase.of("TensorScatter", 24)
                .with("mode", "circular")
                .data(cache)
                .data(update)
                .data(Tensors.longs(3))
                .gives(0, Expected.of(new double[] {12, 13, 2, 3, 4, 5, 10, 11}, 1, 4, 2));
    }

    @Test
    void cacheRefusesAnUpdateBeyondItsEnd() {
        OperatorCase run = OperatorCase.of("TensorScatter", 24)
                .data(Tensors.counting(1, 4, 2))
                .data(Tensors.counting(1, 2, 2))
                .data(Tensors.longs(3));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("length 4");
    }

    @Test
    void gatedActivationsTakeOneShapeOnly() {
        OperatorCase run =
                OperatorCase.of("GeGLU", 28).data(Floats.floats(1, 2, 3)).data(Floats.floats(2, 3));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("one type");
    }

    @ParameterizedTest
    @CsvSource({"none, 0.8413447460685429", "tanh, 0.8411919906082768"})
    void geluOfOneGatesTheOtherInput(String approximate, double gelu) {
        OperatorCase.of("GeGLU", 28)
                .with("approximate", approximate)
                .data(Floats.of(DataType.FP32, new double[] {1, 0}, 2))
                .data(Floats.of(DataType.FP32, new double[] {3, 5}, 2))
                .gives(1e-6, Expected.of(new double[] {3 * gelu, 0}, 2));
    }
}
