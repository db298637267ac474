package dev.nereid.models.operators.contrib;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FusedProductsTest {
    private static final int BATCH = 2;
    private static final int M = 3;
    private static final int K = 4;
    private static final int N = 5;

    /** Element (item, row, column) of a tensor of [batch, rows, columns] whose axes lie otherwise. */
    private static double at(double[] x, int item, int row, int column, int rows, int columns, boolean t, boolean b) {
        int[] dims = b ? new int[] {rows, BATCH, columns} : new int[] {BATCH, rows, columns};
        int[] index = b ? new int[] {row, item, column} : new int[] {item, row, column};
        if (t) {
            // What lies last are rows then.
            dims = b ? new int[] {columns, BATCH, rows} : new int[] {BATCH, columns, rows};
            index = b ? new int[] {column, item, row} : new int[] {item, column, row};
        }
        return x[(index[0] * dims[1] + index[1]) * dims[2] + index[2]];
    }

    private static long[] dims(int rows, int columns, boolean t, boolean b) {
        int first = t ? columns : rows;
        int last = t ? rows : columns;
        return b ? new long[] {first, BATCH, last} : new long[] {BATCH, first, last};
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, false, false, FP32, 1e-5",
        "true, false, false, false, FP32, 1e-5",
        "false, true, false, false, FP32, 1e-5",
        "true, true, false, false, FP64, 1e-12",
        "false, false, true, false, FP32, 1e-5",
        "true, false, true, true, FP32, 1e-5",
        "true, true, true, true, FP16, 3e-3",
        "false, true, false, true, BF16, 3e-2"
    })
    void sidesMayLieOtherwise(boolean ta, boolean tb, boolean batchA, boolean batchB, DataType type, double tolerance) {
        Tensor a = Floats.random(type, 1, dims(M, K, ta, batchA));
        Tensor b = Floats.random(type, 2, dims(K, N, tb, batchB));
        double[] y = new double[BATCH * M * N];
        for (int i = 0; i < y.length; i++) {
            for (int k = 0; k < K; k++) {
                double left = at(Floats.values(a), i / N / M, i / N % M, k, M, K, ta, batchA);
                double right = at(Floats.values(b), i / N / M, k, i % N, K, N, tb, batchB);
                y[i] += 0.5 * left * right;
            }
        }
        OperatorCase.microsoft("FusedMatMul")
                .with("alpha", 0.5f)
                .with("transA", ta ? 1 : 0)
                .with("transB", tb ? 1 : 0)
                .with("transBatchA", batchA ? 1 : 0)
                .with("transBatchB", batchB ? 1 : 0)
                .data(a)
                .data(b)
                .gives(tolerance, Expected.of(y, BATCH, M, N));
    }

    @Test
    void constantMatrixServesTheWholeBatch() {
        Tensor a = Floats.floats(1, BATCH, M, K);
        Tensor b = Floats.floats(2, N, K);
        double[] y = new double[BATCH * M * N];
        for (int i = 0; i < y.length; i++) {
            for (int k = 0; k < K; k++) {
                y[i] += 2 * Floats.values(a)[i / N * K + k] * Floats.values(b)[i % N * K + k];
            }
        }
        OperatorCase.microsoft("FusedMatMul")
                .with("alpha", 2f)
                .with("transB", 1)
                .data(a)
                .argument(b)
                .gives(1e-5, Expected.of(y, BATCH, M, N));
    }

    @Test
    void sparseMatricesAreMultipliedAsDenseOnes() {
        Tensor a = Floats.of(DataType.FP32, new double[] {0, 2, 0, 0, 0, 3}, 2, 3);
        Tensor b = Floats.of(DataType.FP32, new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
        OperatorCase.microsoft("SparseToDenseMatMul")
                .with("alpha", 0.5f)
                .with("transB", 1)
                .argument(a)
                .data(b)
                .gives(1e-6, Expected.of(new double[] {2, 5, 4.5, 9}, 2, 2));
    }

    @Test
    void vectorsAreRowsOnTheLeftAndColumnsOnTheRight() {
        OperatorCase.microsoft("FusedMatMul")
                .data(Floats.of(DataType.FP32, new double[] {1, 2}, 2))
                .data(Floats.of(DataType.FP32, new double[] {3, 4}, 2))
                .gives(1e-6, Expected.of(new double[] {11}));
    }

    @Test
    void sidesThatDoNotMeetAreRefused() {
        OperatorCase run = OperatorCase.microsoft("FusedMatMul")
                .data(Floats.floats(1, 2, 3))
                .data(Floats.floats(2, 4, 5));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("columns");
    }

    /** a * transposed(b) + c. */
    private static double[] gemm(Tensor a, Tensor b, Tensor c) {
        double[] y = new double[M * N];
        for (int i = 0; i < y.length; i++) {
            y[i] = Floats.values(c)[i % N];
            for (int k = 0; k < K; k++) {
                y[i] += Floats.values(a)[i / N * K + k] * Floats.values(b)[i % N * K + k];
            }
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"LeakyRelu, 0.1", "Relu, 0", "ThresholdedRelu, 0.2", "Tanh, 0", "Elu, 0.7"})
    void gemmIsFollowedByItsActivation(String activation, float alpha) {
        Tensor a = Floats.floats(1, M, K);
        Tensor b = Floats.floats(2, N, K);
        Tensor c = Floats.floats(3, N);
        double[] y = gemm(a, b, c);
        for (int i = 0; i < y.length; i++) {
            double x = y[i];
            y[i] = switch (activation) {
                case "LeakyRelu" -> x < 0 ? alpha * x : x;
                case "Relu" -> Math.max(x, 0);
                case "ThresholdedRelu" -> x > alpha ? x : 0;
                case "Tanh" -> Math.tanh(x);
                default -> x < 0 ? alpha * Math.expm1(x) : x;
            };
        }
        OperatorCase.microsoft("FusedGemm")
                .with("transB", 1)
                .with("activation", activation)
                .with("activation_alpha", alpha)
                .data(a)
                .argument(b)
                .argument(c)
                .gives(1e-5, Expected.of(y, M, N));
    }

    @Test
    void activationThatIsNotKnownIsRefusedByName() {
        OperatorCase run = OperatorCase.microsoft("FusedGemm")
                .with("activation", "Zigzag")
                .data(Floats.floats(1, M, K))
                .argument(Floats.floats(2, K, N));
        assertThatThrownBy(() -> run.tensors())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("Zigzag");
    }

    @Test
    void productIsFollowedByFastGelu() {
        Tensor a = Floats.floats(1, M, K);
        Tensor w = Floats.floats(2, K, N);
        Tensor bias = Floats.floats(3, N);
        double[] y = new double[M * N];
        for (int i = 0; i < y.length; i++) {
            double x = Floats.values(bias)[i % N];
            for (int k = 0; k < K; k++) {
                x += Floats.values(a)[i / N * K + k] * Floats.values(w)[k * N + i % N];
            }
            y[i] = 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
        }
        OperatorCase.microsoft("GemmFastGelu")
                .data(a)
                .argument(w)
                .argument(bias)
                .gives(1e-5, Expected.of(y, M, N));
    }

    /** A convolution of [1, 2, 3, 3] with two filters of 1 x 1. */
    private static double[] convolved(Tensor x, Tensor w, Tensor bias, Tensor added) {
        double[] y = new double[18];
        for (int i = 0; i < y.length; i++) {
            int filter = i / 9;
            y[i] = Floats.values(bias)[filter] + Floats.values(added)[i];
            for (int channel = 0; channel < 2; channel++) {
                y[i] += Floats.values(x)[channel * 9 + i % 9] * Floats.values(w)[filter * 2 + channel];
            }
        }
        return y;
    }

    @ParameterizedTest
    @CsvSource({"FP32, 1e-5", "FP64, 1e-12", "FP16, 5e-3"})
    void convolutionAddsBeforeItsActivation(DataType type, double tolerance) {
        Tensor x = Floats.random(type, 1, 1, 2, 3, 3);
        Tensor w = Floats.random(type, 2, 2, 2, 1, 1);
        Tensor bias = Floats.random(type, 3, 2);
        Tensor added = Floats.random(type, 4, 1, 2, 3, 3);
        double[] y = convolved(x, w, bias, added);
        for (int i = 0; i < y.length; i++) {
            y[i] = Math.min(Math.max(y[i], -0.25), 0.5);
        }
        OperatorCase.microsoft("FusedConv")
                .with("activation", "Clip")
                .with("activation_params", new float[] {-0.25f, 0.5f})
                .data(x)
                .argument(w)
                .argument(bias)
                .data(added)
                .gives(tolerance, Expected.of(y, 1, 2, 3, 3));
    }

    @ParameterizedTest
    @CsvSource({"Relu, 0, 0", "LeakyRelu, 0.3, 0", "Clip, -0.25, 0.5", "Sigmoid, 0, 0", "HardSigmoid, 0.3, 0.6"})
    void convolutionIsFollowedByItsActivation(String activation, float alpha, float beta) {
        Tensor x = Floats.floats(1, 1, 2, 3, 3);
        Tensor w = Floats.floats(2, 2, 2, 1, 1);
        Tensor bias = Floats.floats(3, 2);
        double[] y = convolved(x, w, bias, Floats.of(DataType.FP32, new double[18], 18));
        for (int i = 0; i < y.length; i++) {
            double value = y[i];
            y[i] = switch (activation) {
                case "Relu" -> Math.max(value, 0);
                case "LeakyRelu" -> value < 0 ? alpha * value : value;
                case "Clip" -> Math.min(Math.max(value, alpha), beta);
                case "Sigmoid" -> 1 / (1 + Math.exp(-value));
                default -> Math.min(Math.max(alpha * value + beta, 0), 1);
            };
        }
        OperatorCase.microsoft("FusedConv")
                .with("activation", activation)
                .with("activation_params", new float[] {alpha, beta})
                .data(x)
                .argument(w)
                .argument(bias)
                .gives(1e-5, Expected.of(y, 1, 2, 3, 3));
    }
}
