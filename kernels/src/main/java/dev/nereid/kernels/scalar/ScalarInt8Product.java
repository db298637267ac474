package dev.nereid.kernels.scalar;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.LinearQuantization;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Integer products by their definition. Operands are stored as they come. */
public final class ScalarInt8Product implements Int8ProductKernels {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private static final ElementAccess UINT8 = ElementAccess.of(DataType.UINT8);

    @Override
    public long leftBytes(int m, int k) {
        return (long) m * k;
    }

    @Override
    public Int8Left left(boolean signed, int m, int k, MemorySegment a, MemorySegment memory, Workers workers) {
        MemorySegment.copy(a, 0, memory, 0, leftBytes(m, k));
        return new Int8Left(memory, signed, m, k);
    }

    @Override
    public Int8Left quantizedLeft(
            LinearQuantization quantization, int m, int k, MemorySegment x, MemorySegment memory, Workers workers) {
        for (long i = 0; i < (long) m * k; i++) {
            float quotient = x.get(FLOAT, 4 * i) / quantization.scale();
            long value = ScalarQuantization.integer(quotient, quantization.zeroPoint(), UINT8);
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) value);
        }
        return new Int8Left(memory, false, m, k);
    }

    @Override
    public long rightBytes(int k, int n) {
        return (long) k * n;
    }

    @Override
    public Int8Right right(boolean signed, int k, int n, MemorySegment b, MemorySegment memory) {
        MemorySegment.copy(b, 0, memory, 0, rightBytes(k, n));
        return new Int8Right(memory, signed, k, n);
    }

    @Override
    public long scratchBytes(int m, int k, int n) {
        return 0;
    }

    @Override
    public void multiply(
            Int8Left a,
            ZeroPoints aZero,
            Int8Right b,
            ZeroPoints bZero,
            Optional<ProductScaling> scaling,
            MemorySegment c,
            MemorySegment scratch,
            Workers workers) {
        for (int i = 0; i < a.m(); i++) {
            for (int j = 0; j < b.n(); j++) {
                int sum = sum(a, aZero, b, bZero, i, j);
                long to = 4 * ((long) i * b.n() + j);
                if (scaling.isPresent()) {
                    c.set(FLOAT, to, scaled(sum, scaling.get(), j));
                } else {
                    c.set(INT, to, sum);
                }
            }
        }
    }

    private static float scaled(int sum, ProductScaling scaling, int column) {
        float result = sum * scaling.scales().get(FLOAT, 4L * column);
        return scaling.bias().isPresent() ? result + scaling.bias().get().get(FLOAT, 4L * column) : result;
    }

    private static int sum(Int8Left a, ZeroPoints aZero, Int8Right b, ZeroPoints bZero, int i, int j) {
        int left = zeroPoint(aZero, i);
        int right = zeroPoint(bZero, j);
        int sum = 0;
        for (int k = 0; k < a.k(); k++) {
            sum += (element(a.memory(), a.signed(), (long) i * a.k() + k) - left)
                    * (element(b.memory(), b.signed(), (long) k * b.n() + j) - right);
        }
        return sum;
    }

    private static int element(MemorySegment memory, boolean signed, long index) {
        byte element = memory.get(ValueLayout.JAVA_BYTE, index);
        return signed ? element : Byte.toUnsignedInt(element);
    }

    private static int zeroPoint(ZeroPoints zeroPoints, int index) {
        return zeroPoints.each().isPresent() ? zeroPoints.each().get().get(INT, 4L * index) : zeroPoints.uniform();
    }
}
