package dev.nereid.kernels.quantized;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector loops between float32 and bytes. A vector of bytes has as many lanes as one of floats, or eight where floats
 * have four: loops then stop early enough for the surplus lanes to stay within the run.
 */
final class VectorQuantizeLoops {
    /** Floats that are worth a second worker. */
    static final long WORTH_SPLITTING = 1L << 17;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8 * LANES, 64)));
    private static final int SURPLUS = BYTES.length() - LANES;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** Adding this to a float below 2^22 in magnitude rounds it to an integer, half to even, in the low bits. */
    private static final float ROUNDING = 0x1.8p23f;

    private static final int ROUNDING_BITS = Float.floatToRawIntBits(ROUNDING);

    /** Elements that an int counts, in whole vectors. */
    private static final long CHUNK = 1 << 20;

    private VectorQuantizeLoops() {}

    /**
     * The range of 0 and {@code length} floats; NaN does not count.
     *
     * @param range receives the least and the greatest
     */
    static void range(long length, MemorySegment x, long xOffset, float[] range) {
        FloatVector least = FloatVector.zero(FLOATS);
        FloatVector greatest = least;
        // One chain of comparisons would wait for itself.
        FloatVector least1 = least;
        FloatVector greatest1 = least;
        FloatVector least2 = least;
        FloatVector greatest2 = least;
        FloatVector least3 = least;
        FloatVector greatest3 = least;
        long i = 0;
        for (long end = length - length % (4L * LANES); i < end; i += 4L * LANES) {
            long at = xOffset + 4 * i;
            FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, at, ORDER);
            least = least.blend(value, value.compare(VectorOperators.LT, least));
            greatest = greatest.blend(value, value.compare(VectorOperators.GT, greatest));
            value = FloatVector.fromMemorySegment(FLOATS, x, at + 4L * LANES, ORDER);
            least1 = least1.blend(value, value.compare(VectorOperators.LT, least1));
            greatest1 = greatest1.blend(value, value.compare(VectorOperators.GT, greatest1));
            value = FloatVector.fromMemorySegment(FLOATS, x, at + 8L * LANES, ORDER);
            least2 = least2.blend(value, value.compare(VectorOperators.LT, least2));
            greatest2 = greatest2.blend(value, value.compare(VectorOperators.GT, greatest2));
            value = FloatVector.fromMemorySegment(FLOATS, x, at + 12L * LANES, ORDER);
            least3 = least3.blend(value, value.compare(VectorOperators.LT, least3));
            greatest3 = greatest3.blend(value, value.compare(VectorOperators.GT, greatest3));
        }
        for (long end = FLOATS.loopBound(length); i < end; i += LANES) {
            FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4 * i, ORDER);
            least = least.blend(value, value.compare(VectorOperators.LT, least));
            greatest = greatest.blend(value, value.compare(VectorOperators.GT, greatest));
        }
        least = least.min(least1).min(least2.min(least3));
        greatest = greatest.max(greatest1).max(greatest2.max(greatest3));
        float low = least.reduceLanes(VectorOperators.MIN);
        float high = greatest.reduceLanes(VectorOperators.MAX);
        for (; i < length; i++) {
            float value = x.get(FLOAT, xOffset + 4 * i);
            low = value < low ? value : low;
            high = value > high ? value : high;
        }
        range[0] = low;
        range[1] = high;
    }

    /**
     * {@code y = round(x / scale) + zeroPoint} within [lowest, highest], as bytes.
     *
     * @return the sum of the results
     */
    static int quantize(
            long length,
            MemorySegment x,
            long xOffset,
            float scale,
            int zeroPoint,
            int lowest,
            int highest,
            MemorySegment y,
            long yOffset) {
        FloatVector low = FloatVector.broadcast(FLOATS, lowest - zeroPoint);
        FloatVector high = FloatVector.broadcast(FLOATS, highest - zeroPoint);
        IntVector sums = IntVector.zero(INTS);
        long i = 0;
        for (long end = FLOATS.loopBound(length - SURPLUS); i < end; i += LANES) {
            FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4 * i, ORDER)
                    .div(scale);
            value = value.blend(low, value.compare(VectorOperators.LT, low));
            value = value.blend(high, value.compare(VectorOperators.GT, high));
            VectorMask<Float> notANumber = value.test(VectorOperators.IS_NAN);
            value = value.blend(0f, notANumber);
            IntVector rounded = value.add(ROUNDING).reinterpretAsInts().sub(ROUNDING_BITS - zeroPoint);
            sums = sums.add(rounded);
            ((ByteVector) rounded.convertShape(VectorOperators.I2B, BYTES, 0)).intoMemorySegment(y, yOffset + i, ORDER);
        }
        int sum = sums.reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            int value = quantize(x.get(FLOAT, xOffset + 4 * i) / scale, zeroPoint, lowest, highest);
            y.set(ValueLayout.JAVA_BYTE, yOffset + i, (byte) value);
            sum += value;
        }
        return sum;
    }

    /** As the other, each element with its own scale and zero point. */
    static void quantizeEach(
            long length,
            MemorySegment x,
            long xOffset,
            MemorySegment scales,
            MemorySegment zeroPoints,
            long scalesOffset,
            int lowest,
            int highest,
            MemorySegment y,
            long yOffset) {
        FloatVector least = FloatVector.broadcast(FLOATS, lowest);
        FloatVector greatest = FloatVector.broadcast(FLOATS, highest);
        long i = 0;
        for (long end = FLOATS.loopBound(length - SURPLUS); i < end; i += LANES) {
            FloatVector zeroPoint = FloatVector.fromMemorySegment(FLOATS, zeroPoints, scalesOffset + 4 * i, ORDER);
            FloatVector low = least.sub(zeroPoint);
            FloatVector high = greatest.sub(zeroPoint);
            FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4 * i, ORDER)
                    .div(FloatVector.fromMemorySegment(FLOATS, scales, scalesOffset + 4 * i, ORDER));
            value = value.blend(low, value.compare(VectorOperators.LT, low));
            value = value.blend(high, value.compare(VectorOperators.GT, high));
            VectorMask<Float> notANumber = value.test(VectorOperators.IS_NAN);
            value = value.blend(0f, notANumber);
            // Rounded first: the zero point is an integer, so the second addition is exact.
            IntVector rounded =
                    value.add(ROUNDING).add(zeroPoint).reinterpretAsInts().sub(ROUNDING_BITS);
            ((ByteVector) rounded.convertShape(VectorOperators.I2B, BYTES, 0)).intoMemorySegment(y, yOffset + i, ORDER);
        }
        for (; i < length; i++) {
            float quotient = x.get(FLOAT, xOffset + 4 * i) / scales.get(FLOAT, scalesOffset + 4 * i);
            int zeroPoint = (int) zeroPoints.get(FLOAT, scalesOffset + 4 * i);
            y.set(ValueLayout.JAVA_BYTE, yOffset + i, (byte) quantize(quotient, zeroPoint, lowest, highest));
        }
    }

    /**
     * {@code y = round(x / scale) + zeroPoint} within [0, 255], as floats.
     *
     * @return the sum of the results
     */
    static int quantizeToFloats(
            long length, MemorySegment x, long xOffset, float scale, int zeroPoint, MemorySegment y, long yOffset) {
        FloatVector low = FloatVector.broadcast(FLOATS, -zeroPoint);
        FloatVector high = FloatVector.broadcast(FLOATS, 255 - zeroPoint);
        IntVector sums = IntVector.zero(INTS);
        long i = 0;
        for (long end = FLOATS.loopBound(length); i < end; i += LANES) {
            FloatVector value = FloatVector.fromMemorySegment(FLOATS, x, xOffset + 4 * i, ORDER)
                    .div(scale);
            value = value.blend(low, value.compare(VectorOperators.LT, low));
            value = value.blend(high, value.compare(VectorOperators.GT, high));
            VectorMask<Float> notANumber = value.test(VectorOperators.IS_NAN);
            value = value.blend(0f, notANumber);
            IntVector rounded = value.add(ROUNDING).reinterpretAsInts().sub(ROUNDING_BITS - zeroPoint);
            sums = sums.add(rounded);
            rounded.convert(VectorOperators.I2F, 0).intoMemorySegment(y, yOffset + 4 * i, ORDER);
        }
        int sum = sums.reduceLanes(VectorOperators.ADD);
        for (; i < length; i++) {
            int value = quantize(x.get(FLOAT, xOffset + 4 * i) / scale, zeroPoint, 0, 255);
            y.set(FLOAT, yOffset + 4 * i, value);
            sum += value;
        }
        return sum;
    }

    /** {@code y = round((sum + bias) * multiplier) + zeroPoint} within [lowest, highest], as bytes. */
    static void requantize(
            int length,
            MemorySegment sums,
            long sumsOffset,
            MemorySegment bias,
            MemorySegment multipliers,
            int zeroPoint,
            int lowest,
            int highest,
            MemorySegment y,
            long yOffset) {
        FloatVector low = FloatVector.broadcast(FLOATS, lowest - zeroPoint);
        FloatVector high = FloatVector.broadcast(FLOATS, highest - zeroPoint);
        int i = 0;
        for (int end = FLOATS.loopBound(length - SURPLUS); i < end; i += LANES) {
            IntVector sum = IntVector.fromMemorySegment(INTS, sums, sumsOffset + 4L * i, ORDER)
                    .add(IntVector.fromMemorySegment(INTS, bias, 4L * i, ORDER));
            FloatVector value = ((FloatVector) sum.convert(VectorOperators.I2F, 0))
                    .mul(FloatVector.fromMemorySegment(FLOATS, multipliers, 4L * i, ORDER));
            value = value.blend(low, value.compare(VectorOperators.LT, low));
            value = value.blend(high, value.compare(VectorOperators.GT, high));
            VectorMask<Float> notANumber = value.test(VectorOperators.IS_NAN);
            value = value.blend(0f, notANumber);
            IntVector rounded = value.add(ROUNDING).reinterpretAsInts().sub(ROUNDING_BITS - zeroPoint);
            ((ByteVector) rounded.convertShape(VectorOperators.I2B, BYTES, 0)).intoMemorySegment(y, yOffset + i, ORDER);
        }
        for (; i < length; i++) {
            int sum = sums.get(INT, sumsOffset + 4L * i) + bias.get(INT, 4L * i);
            int value = quantize(sum * multipliers.get(FLOAT, 4L * i), zeroPoint, lowest, highest);
            y.set(ValueLayout.JAVA_BYTE, yOffset + i, (byte) value);
        }
    }

    /** {@code y = (x - zeroPoint) * scale}, from bytes. */
    static void dequantize(
            long length,
            boolean signed,
            MemorySegment x,
            long xOffset,
            float scale,
            float zeroPoint,
            MemorySegment y,
            long yOffset) {
        int mask = signed ? -1 : 0xff;
        Objects.checkFromIndexSize(xOffset, length, x.byteSize());
        Objects.checkFromIndexSize(yOffset, 4 * length, y.byteSize());
        long i = 0;
        long end = FLOATS.loopBound(length - SURPLUS);
        while (i < end) {
            int count = (int) Math.min(end - i, CHUNK);
            dequantize(count, mask, x.address() + xOffset + i, scale, zeroPoint, y.address() + yOffset + 4 * i);
            i += count;
        }
        for (; i < length; i++) {
            float value = x.get(ValueLayout.JAVA_BYTE, xOffset + i) & mask;
            y.set(FLOAT, yOffset + 4 * i, (value - zeroPoint) * scale);
        }
    }

    /** Whole vectors, by addresses. */
    private static void dequantize(int count, int mask, long x, float scale, float zeroPoint, long y) {
        FloatVector zero = FloatVector.broadcast(FLOATS, zeroPoint);
        FloatVector factor = FloatVector.broadcast(FLOATS, scale);
        for (int i = 0; i < count; i += LANES) {
            IntVector value = (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, x + i, ORDER).convertShape(VectorOperators.B2I, INTS, 0);
            ((FloatVector) value.and(mask).convert(VectorOperators.I2F, 0))
                    .sub(zero)
                    .mul(factor)
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
    }

    /** As the other, each element with its own scale and zero point. */
    static void dequantizeEach(
            long length,
            boolean signed,
            MemorySegment x,
            long xOffset,
            MemorySegment scales,
            MemorySegment zeroPoints,
            long scalesOffset,
            MemorySegment y,
            long yOffset) {
        int mask = signed ? -1 : 0xff;
        long i = 0;
        for (long end = FLOATS.loopBound(length - SURPLUS); i < end; i += LANES) {
            IntVector value = (IntVector) ByteVector.fromMemorySegment(BYTES, x, xOffset + i, ORDER)
                    .convertShape(VectorOperators.B2I, INTS, 0);
            ((FloatVector) value.and(mask).convert(VectorOperators.I2F, 0))
                    .sub(FloatVector.fromMemorySegment(FLOATS, zeroPoints, scalesOffset + 4 * i, ORDER))
                    .mul(FloatVector.fromMemorySegment(FLOATS, scales, scalesOffset + 4 * i, ORDER))
                    .intoMemorySegment(y, yOffset + 4 * i, ORDER);
        }
        for (; i < length; i++) {
            float value = x.get(ValueLayout.JAVA_BYTE, xOffset + i) & mask;
            float shifted = value - zeroPoints.get(FLOAT, scalesOffset + 4 * i);
            y.set(FLOAT, yOffset + 4 * i, shifted * scales.get(FLOAT, scalesOffset + 4 * i));
        }
    }

    private static int quantize(float quotient, int zeroPoint, int lowest, int highest) {
        double rounded = Float.isNaN(quotient) ? 0 : Math.rint((double) quotient);
        return (int) Math.clamp(rounded + zeroPoint, lowest, highest);
    }
}
