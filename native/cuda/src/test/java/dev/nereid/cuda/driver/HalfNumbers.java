package dev.nereid.cuda.driver;

import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/** Numbers of FP16 and BF16 for tests of products. */
final class HalfNumbers {
    private HalfNumbers() {}

    /** Fills memory with numbers, cut to the type. */
    static MemorySegment fill(DataType type, MemorySegment memory, Supplier<Float> numbers) {
        for (long i = 0; i < memory.byteSize() / Short.BYTES; i++) {
            memory.setAtIndex(ValueLayout.JAVA_SHORT, i, bits(type, numbers.get()));
        }
        return memory;
    }

    private static short bits(DataType type, float value) {
        return type == DataType.FP16 ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >> 16);
    }

    static float[] wide(DataType type, MemorySegment halves) {
        short[] bits = halves.toArray(ValueLayout.JAVA_SHORT);
        float[] values = new float[bits.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = type == DataType.FP16 ? Float.float16ToFloat(bits[i]) : Float.intBitsToFloat(bits[i] << 16);
        }
        return values;
    }

    /** One unit in the last place around a number: sums may lie on either side of the middle between two. */
    static float unit(DataType type, float value) {
        return Math.abs(value) * (type == DataType.FP16 ? 1f / 1024 : 1f / 128) + 1e-5f;
    }
}
