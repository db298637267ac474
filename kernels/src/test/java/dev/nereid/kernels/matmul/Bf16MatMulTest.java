package dev.nereid.kernels.matmul;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Products of bf16 agree with the oracle to the bit too: it adds the elements of a pair in the same order. */
public class Bf16MatMulTest extends MatMulKernelsTest {
    @Override
    protected MatMulKernels oracle() {
        return new ScalarMatMul().inBf16();
    }

    @Override
    protected MatMulKernels kernels() {
        return new VectorMatMul(Cpu.detect()).inBf16();
    }

    @Override
    protected List<MatMulKernels> everyKernels() {
        return List.of(kernels());
    }

    @Test
    void roundsToTheNearestWithTiesToEven() {
        float[] numbers = randomFloats(5, 4097, -300f, 300f);
        System.arraycopy(SPECIAL_FLOATS, 0, numbers, 7, SPECIAL_FLOATS.length);
        numbers[0] = Float.intBitsToFloat(0x3f80_8000);
        numbers[1] = Float.intBitsToFloat(0x3f81_8000);
        numbers[2] = Float.intBitsToFloat(0x7fff_ffff);
        numbers[3] = Float.intBitsToFloat(0x7f80_0001);
        MemorySegment from = floats(numbers, 0);
        MemorySegment to = allocate(4L * 2049);
        warmUp(() -> Bf16Pairs.roundRow(from.address(), to.address(), 333));
        Bf16Pairs.roundRow(from.address(), to.address(), numbers.length);
        for (int i = 0; i < numbers.length; i++) {
            float rounded = Float.intBitsToFloat(to.get(ValueLayout.JAVA_SHORT, 2L * i) << 16);
            assertThat(ulps(rounded, nearest(numbers[i])))
                    .describedAs("%s", numbers[i])
                    .isZero();
        }
        assertThat(to.get(ValueLayout.JAVA_SHORT, 2L * numbers.length)).isZero();
    }

    /** Of the bf16 on either side the nearer one, or the even one. */
    private static float nearest(float value) {
        if (Float.isNaN(value) || Float.isInfinite(value)) {
            return value;
        }
        int below = Float.floatToRawIntBits(value) & 0xffff_0000;
        double low = Float.intBitsToFloat(below);
        // The number after the largest counts as a power of two while rounding.
        float next = Float.intBitsToFloat(below + 0x1_0000);
        double high = Float.isInfinite(next) ? Math.copySign(0x1p128, value) : next;
        double toLow = Math.abs(value - low);
        double toHigh = Math.abs(high - value);
        boolean up = toHigh < toLow || (toHigh == toLow && (below & 0x1_0000) != 0);
        return up ? next : (float) low;
    }

    @Test
    void leavesOutNothingThatBf16CanHold() {
        MatMulKernels plain = new VectorMatMul(Cpu.detect());
        Matrix a = Matrix.of(floats(new float[] {1f, 2f, -3f, 0.5f, 8f, 1.5f}, 0), 2, 3);
        Matrix b = Matrix.of(floats(new float[] {4f, -2f, 0.25f}, 0), 3, 1);
        assertThat(product(kernels(), a, b)).isEqualTo(product(plain, a, b));
    }

    @Test
    void refusesAMatrixOfFloats() {
        MatMulKernels bf16 = kernels();
        Matrix a = Matrix.of(floats(new float[] {1f}, 0), 1, 1);
        PackedMatrix packed = new PackedMatrix(allocate(1 << 10), 1, 1, 48);
        assertThatThrownBy(() -> bf16.multiply(a, packed, a, Epilogue.NONE, allocate(64), Workers.single()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a matrix packed as FP32, but these kernels take BF16");
    }

    private float[] product(MatMulKernels kernels, Matrix a, Matrix b) {
        PackedMatrix packed = kernels.pack(b, allocate(kernels.packedBytes(b.rows(), b.columns())));
        Matrix c = Matrix.of(allocate(4L * a.rows() * b.columns()), a.rows(), b.columns());
        MemorySegment scratch = allocate(kernels.scratchBytes(a.rows(), packed));
        kernels.multiply(a, packed, c, Epilogue.NONE, scratch, Workers.single());
        return floats(c.segment(), 0, a.rows() * b.columns());
    }
}
