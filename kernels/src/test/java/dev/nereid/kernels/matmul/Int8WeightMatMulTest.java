package dev.nereid.kernels.matmul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Weights in int8 give what the oracle's plain loops give, to the bit. */
class Int8WeightMatMulTest extends MatMulKernelsTest {
    @Override
    protected MatMulKernels oracle() {
        return new ScalarMatMul().withInt8Weights(0);
    }

    @Override
    protected MatMulKernels kernels() {
        return new VectorMatMul(Cpu.detect()).withInt8Weights(0);
    }

    @Override
    protected List<MatMulKernels> everyKernels() {
        return List.of(kernels());
    }

    @Test
    void everyWeightIsWithinHalfAStepOfItsColumn() {
        int k = 37;
        int n = 71;
        float[] weights = randomFloats(3, k * n, -2f, 2f);
        for (int row = 0; row < k; row++) {
            weights[row * n + 5] = 0;
            weights[row * n + 6] *= 1e-20f;
        }
        Matrix b = Matrix.of(floats(weights, 0), k, n);
        float[] identity = new float[k * k];
        for (int row = 0; row < k; row++) {
            identity[row * k + row] = 1;
        }
        float[] held = product(kernels(), Matrix.of(floats(identity, 0), k, k), b);
        for (int column = 0; column < n; column++) {
            float largest = 0;
            for (int row = 0; row < k; row++) {
                largest = Math.max(largest, Math.abs(weights[row * n + column]));
            }
            for (int row = 0; row < k; row++) {
                int i = row * n + column;
                assertThat((double) Math.abs(held[i] - weights[i]))
                        .describedAs("row %d, column %d", row, column)
                        .isLessThanOrEqualTo(largest / 254.0 * 1.0001);
            }
        }
    }

    @Test
    void weightsNextToZeroAreZeroAndOthersKeepTheirSign() {
        Matrix b = Matrix.of(floats(new float[] {190 * Float.MIN_VALUE, -1e-35f, Float.NaN}, 0), 1, 3);
        float[] held = product(kernels(), Matrix.of(floats(new float[] {1f}, 0), 1, 1), b);
        assertThat(held[0]).isZero();
        assertThat(held[1]).isCloseTo(-1e-35f, within(1e-37f));
        assertThat(held[2]).isNaN();
    }

    @Test
    void smallMatricesStayAsTheOtherKernelsHaveThem() {
        MatMulKernels plain = new VectorMatMul(Cpu.detect());
        MatMulKernels mixed = plain.withInt8Weights(4 * 20 * 30);
        assertThat(packed(mixed, 20, 30).elements()).isEqualTo(DataType.FP32);
        assertThat(packed(mixed, 20, 31).elements()).isEqualTo(DataType.INT8);
        assertThat(packed(mixed.inBf16(), 20, 30).elements()).isEqualTo(DataType.BF16);
        assertThat(packed(mixed.inBf16(), 20, 31).elements()).isEqualTo(DataType.INT8);
        Matrix a = Matrix.of(floats(randomFloats(1, 3 * 20, -1f, 1f), 0), 3, 20);
        Matrix b = Matrix.of(floats(randomFloats(2, 20 * 30, -1f, 1f), 0), 20, 30);
        assertThat(product(mixed, a, b)).isEqualTo(product(plain, a, b));
        assertThat(product(mixed.inBf16(), a, b)).isEqualTo(product(plain.inBf16(), a, b));
    }

    private PackedMatrix packed(MatMulKernels kernels, int k, int n) {
        return kernels.pack(
                Matrix.of(floats(randomFloats(1, k * n, -1f, 1f), 0), k, n), allocate(kernels.packedBytes(k, n)));
    }

    private float[] product(MatMulKernels kernels, Matrix a, Matrix b) {
        PackedMatrix packed = kernels.pack(b, allocate(kernels.packedBytes(b.rows(), b.columns())));
        Matrix c = Matrix.of(allocate(4L * a.rows() * b.columns()), a.rows(), b.columns());
        MemorySegment scratch = allocate(kernels.scratchBytes(a.rows(), packed));
        kernels.multiply(a, packed, c, Epilogue.NONE, scratch, Workers.single());
        return floats(c.segment(), 0, a.rows() * b.columns());
    }
}
