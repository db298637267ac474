package dev.nereid.models.operators.contrib;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatMulNBitsTest {
    private static final int N = 3;
    private static final int K = 40;
    private static final int BLOCK = 16;
    private static final int BLOCKS = 3;

    /** Numbers of so many bits, packed from the low bits upward into rows that begin at a byte. */
    private static Tensor packed(int[][] rows, int bits, long... dims) {
        int rowBytes = Math.ceilDiv(rows[0].length * bits, 8);
        int[] bytes = new int[rows.length * rowBytes];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < rows[row].length; i++) {
                int shifted = rows[row][i] << (i * bits % 8);
                bytes[row * rowBytes + i * bits / 8] |= shifted & 0xff;
                if (shifted > 0xff) {
                    bytes[row * rowBytes + i * bits / 8 + 1] |= shifted >> 8;
                }
            }
        }
        return Tensors.bytes(DataType.UINT8, bytes).withShape(Shape.of(dims));
    }

    private static int[][] numbers(long seed, int rows, int columns, int bits) {
        Random random = new Random(seed);
        int[][] numbers = new int[rows][columns];
        for (int[] row : numbers) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextInt(1 << bits);
            }
        }
        return numbers;
    }

    private static double[] product(Tensor a, int rows, double[][] b, double[] bias) {
        double[] x = Floats.values(a);
        double[] y = new double[rows * N];
        for (int at = 0; at < y.length; at++) {
            y[at] = bias[at % N];
            for (int k = 0; k < K; k++) {
                y[at] += x[at / N * K + k] * b[at % N][k];
            }
        }
        return y;
    }

    private static OperatorCase node(int bits) {
        return OperatorCase.microsoft("MatMulNBits")
                .with("N", N)
                .with("K", K)
                .with("bits", bits)
                .with("block_size", BLOCK);
    }

    @ParameterizedTest
    @CsvSource({
        "2, FP32, 1e-5",
        "4, FP32, 1e-5",
        "3, FP32, 1e-5",
        "5, FP32, 1e-5",
        "6, FP32, 1e-5",
        "7, FP32, 1e-5",
        "8, FP32, 1e-5",
        "4, FP16, 5e-2",
        "8, BF16, 2e-1"
    })
    void blocksHaveScalesAndPackedZeroPoints(int bits, DataType type, double tolerance) {
        int[][] q = numbers(1, N, BLOCKS * BLOCK, bits);
        int[][] zero = numbers(2, N, BLOCKS, bits);
        Tensor scales = Floats.random(type, 3, N * BLOCKS);
        Tensor bias = Floats.random(type, 4, N);
        Tensor a = Floats.random(type, 5, 2, 2, K);
        double[][] b = new double[N][K];
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < K; k++) {
                double scale = Floats.values(scales)[n * BLOCKS + k / BLOCK];
                b[n][k] = (q[n][k] - zero[n][k / BLOCK]) * scale;
            }
        }
        node(bits)
                .data(a)
                .argument(packed(q, bits, N, BLOCKS, BLOCK * bits / 8))
                .argument(scales)
                .argument(packed(zero, bits, (long) N * Math.ceilDiv(BLOCKS * bits, 8)))
                .absent()
                .argument(bias)
                .gives(tolerance, Expected.of(product(a, 4, b, Floats.values(bias)), 2, 2, N));
    }

    @Test
    void withoutZeroPointsHalfOfTheRangeIsZero() {
        int[][] q = numbers(1, N, BLOCKS * BLOCK, 4);
        Tensor scales = Floats.floats(3, N, BLOCKS);
        Tensor a = Floats.floats(5, 1, K);
        double[][] b = new double[N][K];
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < K; k++) {
                b[n][k] = (q[n][k] - 8) * Floats.values(scales)[n * BLOCKS + k / BLOCK];
            }
        }
        node(4).data(a)
                .argument(packed(q, 4, N, BLOCKS, BLOCK / 2))
                .argument(scales)
                .gives(1e-5, Expected.of(product(a, 1, b, new double[N]), 1, N));
    }

    @Test
    void columnsMayNameTheirBlockAndZeroPointsMayBeFloats() {
        int[][] q = numbers(1, N, BLOCKS * BLOCK, 4);
        Tensor scales = Floats.floats(3, N, BLOCKS);
        Tensor zero = Floats.floats(6, N, BLOCKS);
        int[] groups = new int[BLOCKS * BLOCK];
        for (int k = 0; k < groups.length; k++) {
            groups[k] = k % BLOCKS;
        }
        Tensor a = Floats.floats(5, 1, K);
        double[][] b = new double[N][K];
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < K; k++) {
                int at = n * BLOCKS + k % BLOCKS;
                b[n][k] = (q[n][k] - Floats.values(zero)[at]) * Floats.values(scales)[at];
            }
        }
        node(4).data(a)
                .argument(packed(q, 4, N, BLOCKS, BLOCK / 2))
                .argument(scales)
                .argument(zero)
                .argument(Tensors.ints(groups))
                .gives(1e-5, Expected.of(product(a, 1, b, new double[N]), 1, N));
    }

    @ParameterizedTest
    @CsvSource({
        "4, 1, true",
        "4, 1, false",
        "4, 5, true",
        "4, 5, false",
        "8, 1, true",
        "8, 5, false",
        "2, 1, true",
        "2, 5, false",
        "3, 1, false",
        "7, 5, false"
    })
    void atAccuracyLevelFourTheLeftSideMayBeRoundedToBytes(int bits, int rows, boolean zeroPoints) {
        int[][] q = numbers(1, N, BLOCKS * BLOCK, bits);
        int[][] zero = numbers(2, N, BLOCKS, bits);
        Tensor scales = Floats.floats(3, N, BLOCKS);
        Tensor bias = Floats.floats(4, N);
        Tensor a = Floats.floats(5, rows, K);
        double[][] b = new double[N][K];
        double largest = 0;
        for (int n = 0; n < N; n++) {
            double sum = 0;
            for (int k = 0; k < K; k++) {
                int point = zeroPoints ? zero[n][k / BLOCK] : 1 << (bits - 1);
                b[n][k] = (q[n][k] - point) * Floats.values(scales)[n * BLOCKS + k / BLOCK];
                sum += Math.abs(b[n][k]);
            }
            largest = Math.max(largest, sum);
        }
        OperatorCase run = node(bits)
                .with("accuracy_level", 4)
                .data(a)
                .argument(packed(q, bits, N, BLOCKS, BLOCK * bits / 8))
                .argument(scales);
        run = zeroPoints ? run.argument(packed(zero, bits, (long) N * Math.ceilDiv(BLOCKS * bits, 8))) : run.absent();
        // Numbers of a are below one: a byte is wrong by half of 1 / 127 at most.
        double tolerance = largest * 0.5 / 127 + 1e-5;
        run.absent().argument(bias).gives(tolerance, Expected.of(product(a, rows, b, Floats.values(bias)), rows, N));
    }

    @Test
    void columnsMayNameTheBlockThatTheyLieIn() {
        int[][] q = numbers(1, N, BLOCKS * BLOCK, 4);
        Tensor scales = Floats.floats(3, N, BLOCKS);
        Tensor a = Floats.floats(5, 1, K);
        double[][] b = new double[N][K];
        for (int n = 0; n < N; n++) {
            for (int k = 0; k < K; k++) {
                b[n][k] = (q[n][k] - 8) * Floats.values(scales)[n * BLOCKS + k / BLOCK];
            }
        }
        int[] groups = IntStream.range(0, K).map(k -> k / BLOCK).toArray();
        node(4).data(a)
                .argument(packed(q, 4, N, BLOCKS, BLOCK / 2))
                .argument(scales)
                .absent()
                .argument(Tensors.ints(groups))
                .gives(1e-5, Expected.of(product(a, 1, b, new double[N]), 1, N));
    }

    @Test
    void lowNibbleComesFirst() {
        OperatorCase.microsoft("MatMulNBits")
                .with("N", 1)
                .with("K", 2)
                .with("bits", 4)
                .with("block_size", 16)
                .data(Floats.of(DataType.FP32, new double[] {1, 100}, 1, 2))
                .argument(
                        Tensors.bytes(DataType.UINT8, 0xa9, 0, 0, 0, 0, 0, 0, 0).withShape(Shape.of(1, 1, 8)))
                .argument(Floats.of(DataType.FP32, new double[] {0.5}, 1))
                .gives(0, Expected.of(new double[] {0.5 * (9 - 8) + 100 * 0.5 * (10 - 8)}, 1, 1));
    }

    @Test
    void weightsOfAnotherSizeAreRefused() {
        OperatorCase run = node(4).data(Floats.floats(1, 1, K))
                .argument(Tensors.bytes(DataType.UINT8, new int[8]).withShape(Shape.of(1, 1, 8)))
                .argument(Floats.floats(3, N, BLOCKS));
        assertThatThrownBy(() -> run.tensors()).hasMessageContaining("b: expected 72 elements");
    }

    @Test
    void nineBitsAreRefusedByName() {
        OperatorCase run = node(9).data(Floats.floats(1, 1, K));
        assertThatThrownBy(() -> run.tensors())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("bits");
    }

    @ParameterizedTest
    @CsvSource({"0, FP32, 1e-5", "1, FP32, 1e-5", "1, FP16, 5e-2"})
    void numbersMayNameValuesOfACodebook(int kind, DataType type, double tolerance) {
        // 5 numbers of each codebook, the ends among them.
        int[] named = kind == 0 ? new int[] {3, 11, 1, 4, 13} : new int[] {15, 0, 7, 8, 2};
        double[] values = kind == 0
                ? new double[] {1, -1, 0.0052083333, 1 / 3.0, -0.5}
                : new double[] {1, -1, 0, 0.07958029955625534, -0.5250730514526367};
        Tensor scales = Floats.random(type, 3, Math.ceilDiv(N * K, BLOCK));
        int[] bytes = new int[N * K / 2];
        double[][] b = new double[N][K];
        for (int at = 0; at < N * K; at++) {
            int pick = at * 7 % 5;
            bytes[at / 2] |= named[pick] << (at % 2 == 0 ? 4 : 0);
            b[at / K][at % K] = values[pick] * Floats.values(scales)[at / BLOCK];
        }
        Tensor a = Floats.random(type, 5, 2, K);
        OperatorCase.microsoft("MatMulBnb4")
                .with("N", N)
                .with("K", K)
                .with("block_size", BLOCK)
                .with("quant_type", kind)
                .data(a)
                .argument(Tensors.bytes(DataType.UINT8, bytes))
                .argument(scales)
                .gives(tolerance, Expected.of(product(a, 2, b, new double[N]), 2, N));
    }

    @Test
    void unknownCodebooksAreRefused() {
        OperatorCase run = OperatorCase.microsoft("MatMulBnb4")
                .with("N", N)
                .with("K", K)
                .with("block_size", BLOCK)
                .with("quant_type", 2)
                .data(Floats.floats(1, 1, K));
        assertThatThrownBy(run::tensors).hasMessageContaining("quant_type");
    }
}
