package dev.nereid.kernels.scalar;

import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.ProductScaling;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Integer products by their definition. Operands are stored as they come. */
final class ScalarInt8Product {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private ScalarInt8Product() {}

    static void multiply(Int8Left a, ZeroPoints aZero, Int8Right b, ZeroPoints bZero, MemorySegment c) {
        for (int i = 0; i < a.m(); i++) {
            for (int j = 0; j < b.n(); j++) {
                c.set(INT, 4 * ((long) i * b.n() + j), sum(a, aZero, b, bZero, i, j));
            }
        }
    }

    static void multiplyScaled(
            Int8Left a, ZeroPoints aZero, Int8Right b, ZeroPoints bZero, ProductScaling scaling, MemorySegment c) {
        for (int i = 0; i < a.m(); i++) {
            for (int j = 0; j < b.n(); j++) {
                float result = sum(a, aZero, b, bZero, i, j) * scaling.scales().get(FLOAT, 4L * j);
                if (scaling.bias().isPresent()) {
                    result += scaling.bias().get().get(FLOAT, 4L * j);
                }
                c.set(FLOAT, 4 * ((long) i * b.n() + j), result);
            }
        }
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
