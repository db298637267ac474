package dev.nereid.models.operators.attention;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalizationTest {
    private static final int SIZE = 5;

    /** Rows of sums, their means, 1 / their deviations, and the rows normed. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Norm(double[] sum, double[] mean, double[] inverse, double[] y) {
        static Norm of(double[] sum, double[] scale, double[] shift, boolean simplified, double epsilon) {
            int rows = sum.length / SIZE;
            Norm norm = new Norm(sum, new double[rows], new double[rows], new double[sum.length]);
            for (int row = 0; row < rows; row++) {
                double total = 0;
                for (int i = 0; i < SIZE; i++) {
                    total += sum[row * SIZE + i];
                }
                norm.mean[row] = total / SIZE;
                double centre = simplified ? 0 : norm.mean[row];
                double squares = 0;
                for (int i = 0; i < SIZE; i++) {
                    squares += Math.pow(sum[row * SIZE + i] - centre, 2);
                }
                norm.inverse[row] = 1 / Math.sqrt(squares / SIZE + epsilon);
                for (int i = 0; i < SIZE; i++) {
                    norm.y[row * SIZE + i] = (sum[row * SIZE + i] - centre) * norm.inverse[row] * scale[i] + shift[i];
                }
            }
            return norm;
        }
    }

    private static double[] sum(Tensor x, Tensor skip, double[] bias) {
        double[] sum = Floats.values(x);
        double[] other = Floats.values(skip);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += other[i % other.length] + bias[i % SIZE];
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP16, 4e-3", "BF16, 4e-2"})
    void sumIsNormedAndGivenToo(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 2, 3, SIZE);
        Tensor skip = Floats.random(type, 2, 2, 3, SIZE);
        Tensor scale = Floats.random(type, 3, SIZE);
        Tensor shift = Floats.random(type, 4, SIZE);
        Tensor bias = Floats.random(type, 5, SIZE);
        Norm norm =
                Norm.of(sum(x, skip, Floats.values(bias)), Floats.values(scale), Floats.values(shift), false, 1e-3f);
        OperatorCase.microsoft("SkipLayerNormalization")
                .with("epsilon", 1e-3f)
                .data(x)
                .data(skip)
                .argument(scale)
                .argument(shift)
                .argument(bias)
                .gives(
                        tolerance,
                        Expected.of(norm.y(), 2, 3, SIZE),
                        Expected.of(norm.mean(), 2, 3, 1),
                        Expected.of(norm.inverse(), 2, 3, 1),
                        Expected.of(norm.sum(), 2, 3, SIZE));
    }

    /** The numbers are those of ONNX Runtime's own test of the operator. */
    @Test
    void agreesWithPublishedNumbers() {
        double[] x = {0.8, -0.5, 0, 1, 0.5, 0.2, 0.3, -0.6};
        double[] skip = {0.1, -0.2, 0.3, 1, 0.5, 0.1, 0.4, 1.6};
        double[] y = {0.28433859, -0.17090578, -0.92897165, 4.69241524, 0.46111652, -0.21333981, -0.29631004, 3.51485443
        };
        OperatorCase.microsoft("SkipLayerNormalization")
                .data(Floats.of(DataType.FP32, x, 1, 2, 4))
                .data(Floats.of(DataType.FP32, skip, 1, 2, 4))
                .data(Floats.of(DataType.FP32, new double[] {0.3, 0.2, 4, 2.2}, 4))
                .data(Floats.of(DataType.FP32, new double[] {0.2, 0.1, 0.4, 1.6}, 4))
                .gives(1e-5, Expected.of(y, 1, 2, 4));
    }

    @Test
    void skipMayBeTheSameForAllItems() {
        Tensor x = Floats.floats(1, 2, 3, SIZE);
        Tensor skip = Floats.floats(2, 3, SIZE);
        Tensor scale = Floats.floats(3, SIZE);
        Norm norm = Norm.of(sum(x, skip, new double[SIZE]), Floats.values(scale), new double[SIZE], false, 1e-12f);
        OperatorCase.microsoft("SkipLayerNormalization")
                .data(x)
                .data(skip)
                .data(scale)
                .gives(1e-5, Expected.of(norm.y(), 2, 3, SIZE));
    }

    @Test
    void simplifiedNormKeepsTheMean() {
        Tensor x = Floats.floats(1, 4, SIZE);
        Tensor skip = Floats.floats(2, 4, SIZE);
        Tensor scale = Floats.floats(3, SIZE);
        Tensor bias = Floats.floats(4, SIZE);
        Norm norm = Norm.of(sum(x, skip, Floats.values(bias)), Floats.values(scale), new double[SIZE], true, 1e-12f);
        OperatorCase.microsoft("SkipSimplifiedLayerNormalization")
                .without(1)
                .without(2)
                .data(x)
                .data(skip)
                .data(scale)
                .data(bias)
                .gives(1e-5, Expected.of(norm.y(), 4, SIZE), Expected.of(norm.sum(), 4, SIZE));
    }

    @Test
    void simplifiedNormOfOldExportsIsInOnnxsDomain() {
        Tensor x = Floats.floats(1, 4, SIZE);
        Tensor scale = Floats.floats(3, SIZE);
        Norm norm = Norm.of(Floats.values(x), Floats.values(scale), new double[SIZE], true, 1e-5f);
        OperatorCase.of("SimplifiedLayerNormalization", 14)
                .data(x)
                .data(scale)
                .gives(1e-5, Expected.of(norm.y(), 4, SIZE), Expected.of(norm.inverse(), 4, 1));
    }

    @Test
    void layerNormOfOldExportsIsKnownBeforeOpset17() {
        Tensor x = Floats.floats(1, 4, SIZE);
        Tensor scale = Floats.floats(2, SIZE);
        Tensor shift = Floats.floats(3, SIZE);
        Norm norm = Norm.of(Floats.values(x), Floats.values(scale), Floats.values(shift), false, 1e-5f);
        OperatorCase.of("LayerNormalization", 12)
                .data(x)
                .data(scale)
                .data(shift)
                .gives(1e-5, Expected.of(norm.y(), 4, SIZE));
    }

    @Test
    void scaleOfAnotherLengthIsRefused() {
        OperatorCase run = OperatorCase.microsoft("SkipLayerNormalization")
                .data(Floats.floats(1, 2, SIZE))
                .data(Floats.floats(2, 2, SIZE))
                .data(Floats.floats(3, SIZE - 1));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("input 2: expected 5 elements");
    }

    @Test
    void embeddingsAreAddedAndNormed() {
        Tensor ids = Tensors.ints(3, 0, 2, 1).withShape(Shape.of(2, 2));
        Tensor bounds = Tensors.ints(1, 0, 0, 1).withShape(Shape.of(2, 2));
        Tensor words = Floats.floats(1, 4, SIZE);
        Tensor positions = Floats.floats(2, 6, SIZE);
        Tensor kinds = Floats.floats(3, 2, SIZE);
        Tensor scale = Floats.floats(4, SIZE);
        Tensor shift = Floats.floats(5, SIZE);
        double[] sum = new double[4 * SIZE];
        int[] word = {3, 0, 2, 1};
        int[] kind = {1, 0, 0, 1};
        for (int row = 0; row < 4; row++) {
            for (int i = 0; i < SIZE; i++) {
                sum[row * SIZE + i] = Floats.values(words)[word[row] * SIZE + i]
                        + Floats.values(positions)[row % 2 * SIZE + i]
                        + Floats.values(kinds)[kind[row] * SIZE + i];
            }
        }
        Norm norm = Norm.of(sum, Floats.values(scale), Floats.values(shift), false, 1e-12f);
        OperatorCase.microsoft("EmbedLayerNormalization")
                .data(ids)
                .data(bounds)
                .argument(words)
                .argument(positions)
                .argument(kinds)
                .argument(scale)
                .argument(shift)
                .data(Tensors.ints(1, 0, 1, 1).withShape(Shape.of(2, 2)))
                .gives(
                        1e-5,
                        Expected.of(norm.y(), 2, 2, SIZE),
                        Expected.of(new double[] {1, 2}, 2),
                        Expected.of(norm.sum(), 2, 2, SIZE));
    }

    @Test
    void wordsOutsideTheTableAreRefused() {
        OperatorCase run = OperatorCase.microsoft("EmbedLayerNormalization")
                .data(Tensors.ints(4).withShape(Shape.of(1, 1)))
                .absent()
                .argument(Floats.floats(1, 4, SIZE))
                .argument(Floats.floats(2, 6, SIZE))
                .absent()
                .argument(Floats.floats(3, SIZE))
                .argument(Floats.floats(4, SIZE));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("id 4");
    }
}
