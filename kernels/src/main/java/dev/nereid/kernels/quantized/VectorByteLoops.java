package dev.nereid.kernels.quantized;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector loops over quantised bytes, by addresses. A vector of bytes has as many lanes as one of floats, or eight where
 * floats have four: loops then stop early enough for the surplus lanes to stay within the run.
 */
final class VectorByteLoops {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(8 * LANES, 64)));
    private static final int SURPLUS = BYTES.length() - LANES;

    /** Whole vectors of bytes, for what needs no wider numbers. */
    private static final VectorSpecies<Byte> WHOLE = ByteVector.SPECIES_PREFERRED;

    private static final VectorSpecies<Byte> QUARTER = ByteVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Adding this to a float below 2^22 in magnitude rounds it to an integer, half to even, in the low bits. */
    private static final float ROUNDING = 0x1.8p23f;

    private static final int ROUNDING_BITS = Float.floatToRawIntBits(ROUNDING);

    private VectorByteLoops() {}

    /** One operand: how its bytes become numbers. */
    private record Operand(int mask, int zeroPoint, float steps) {}

    static void add(int count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, long from) {
        add(
                count,
                a.segment().address() + from,
                new Operand(a.mask(), a.zeroPoint(), a.scale() / y.scale()),
                b.segment().address() + from,
                new Operand(b.mask(), b.zeroPoint(), b.scale() / y.scale()),
                y.zeroPoint(),
                y.lowest(),
                y.segment().address() + from);
    }

    private static void add(int count, long a, Operand as, long b, Operand bs, int zeroPoint, int lowest, long y) {
        int aMask = as.mask();
        int aZero = as.zeroPoint();
        FloatVector aSteps = FloatVector.broadcast(FLOATS, as.steps());
        int bMask = bs.mask();
        int bZero = bs.zeroPoint();
        FloatVector bSteps = FloatVector.broadcast(FLOATS, bs.steps());
        int shift = ROUNDING_BITS - zeroPoint;
        int highest = lowest + 255;
        int i = 0;
        for (int end = FLOATS.loopBound(count - SURPLUS); i < end; i += LANES) {
            IntVector left = (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, a + i, ORDER).convertShape(VectorOperators.B2I, INTS, 0);
            IntVector right = (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, b + i, ORDER).convertShape(VectorOperators.B2I, INTS, 0);
            FloatVector other = ((FloatVector) right.and(bMask).sub(bZero).convert(VectorOperators.I2F, 0)).mul(bSteps);
            FloatVector value =
                    ((FloatVector) left.and(aMask).sub(aZero).convert(VectorOperators.I2F, 0)).fma(aSteps, other);
            IntVector rounded = value.add(ROUNDING)
                    .reinterpretAsInts()
                    .sub(shift)
                    .max(lowest)
                    .min(highest);
            ((ByteVector) rounded.convertShape(VectorOperators.I2B, BYTES, 0)).intoMemorySegment(ALL, y + i, ORDER);
        }
        for (; i < count; i++) {
            float other = ((ALL.get(ValueLayout.JAVA_BYTE, b + i) & bMask) - bZero) * bs.steps();
            float left = (ALL.get(ValueLayout.JAVA_BYTE, a + i) & aMask) - aZero;
            put(Math.fma(left, as.steps(), other), zeroPoint, lowest, y + i);
        }
    }

    static void multiply(int count, QuantizedBytes a, QuantizedBytes b, QuantizedBytes y, long from) {
        multiply(
                count,
                a.segment().address() + from,
                new Operand(a.mask(), a.zeroPoint(), a.scale() / y.scale() * b.scale()),
                b.segment().address() + from,
                b.mask(),
                b.zeroPoint(),
                y.zeroPoint(),
                y.lowest(),
                y.segment().address() + from);
    }

    private static void multiply(
            int count, long a, Operand as, long b, int bMask, int bZero, int zeroPoint, int lowest, long y) {
        int aMask = as.mask();
        int aZero = as.zeroPoint();
        FloatVector steps = FloatVector.broadcast(FLOATS, as.steps());
        int shift = ROUNDING_BITS - zeroPoint;
        int highest = lowest + 255;
        // Beyond this sums with the rounding number are no integers any more; it saturates all the same.
        FloatVector least = FloatVector.broadcast(FLOATS, -0x1p21f);
        FloatVector most = FloatVector.broadcast(FLOATS, 0x1p21f);
        int i = 0;
        for (int end = FLOATS.loopBound(count - SURPLUS); i < end; i += LANES) {
            IntVector left = (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, a + i, ORDER).convertShape(VectorOperators.B2I, INTS, 0);
            IntVector right = (IntVector)
                    ByteVector.fromMemorySegment(BYTES, ALL, b + i, ORDER).convertShape(VectorOperators.B2I, INTS, 0);
            // A product of two bytes is exact as floats too.
            FloatVector product = ((FloatVector) left.and(aMask).sub(aZero).convert(VectorOperators.I2F, 0))
                    .mul(right.and(bMask).sub(bZero).convert(VectorOperators.I2F, 0));
            FloatVector value = product.mul(steps);
            value = value.blend(least, value.compare(VectorOperators.LT, least));
            value = value.blend(most, value.compare(VectorOperators.GT, most));
            IntVector rounded = value.add(ROUNDING)
                    .reinterpretAsInts()
                    .sub(shift)
                    .max(lowest)
                    .min(highest);
            ((ByteVector) rounded.convertShape(VectorOperators.I2B, BYTES, 0)).intoMemorySegment(ALL, y + i, ORDER);
        }
        for (; i < count; i++) {
            int left = (ALL.get(ValueLayout.JAVA_BYTE, a + i) & aMask) - aZero;
            int right = (ALL.get(ValueLayout.JAVA_BYTE, b + i) & bMask) - bZero;
            put(left * right * as.steps(), zeroPoint, lowest, y + i);
        }
    }

    /**
     * The highest of {@code rows} bytes that lie {@code step} bytes apart, for each of {@code count} places.
     *
     * @param flip 0x80 where bytes are unsigned, else 0
     */
    static void highest(int count, long x, int rows, long step, int flip, long y) {
        byte bits = (byte) flip;
        int i = 0;
        for (int end = WHOLE.loopBound(count); i < end; i += WHOLE.length()) {
            ByteVector highest =
                    ByteVector.fromMemorySegment(WHOLE, ALL, x + i, ORDER).lanewise(VectorOperators.XOR, bits);
            for (int row = 1; row < rows; row++) {
                highest = highest.max(ByteVector.fromMemorySegment(WHOLE, ALL, x + row * step + i, ORDER)
                        .lanewise(VectorOperators.XOR, bits));
            }
            highest.lanewise(VectorOperators.XOR, bits).intoMemorySegment(ALL, y + i, ORDER);
        }
        for (int end = QUARTER.loopBound(count); i < end; i += QUARTER.length()) {
            ByteVector highest =
                    ByteVector.fromMemorySegment(QUARTER, ALL, x + i, ORDER).lanewise(VectorOperators.XOR, bits);
            for (int row = 1; row < rows; row++) {
                highest = highest.max(ByteVector.fromMemorySegment(QUARTER, ALL, x + row * step + i, ORDER)
                        .lanewise(VectorOperators.XOR, bits));
            }
            highest.lanewise(VectorOperators.XOR, bits).intoMemorySegment(ALL, y + i, ORDER);
        }
        for (; i < count; i++) {
            int highest = (byte) (ALL.get(ValueLayout.JAVA_BYTE, x + i) ^ bits);
            for (int row = 1; row < rows; row++) {
                highest = Math.max(highest, (byte) (ALL.get(ValueLayout.JAVA_BYTE, x + row * step + i) ^ bits));
            }
            ALL.set(ValueLayout.JAVA_BYTE, y + i, (byte) (highest ^ bits));
        }
    }

    /**
     * The sum of {@code rows} bytes that lie {@code step} bytes apart, for each of {@code count} places, as int32.
     *
     * @param zeroPoint taken off each of them
     */
    static void sums(int count, long x, int rows, long step, int mask, int zeroPoint, long sums) {
        int off = -rows * zeroPoint;
        int i = 0;
        for (int end = INTS.loopBound(count - SURPLUS); i < end; i += LANES) {
            IntVector sum = IntVector.broadcast(INTS, off);
            for (int row = 0; row < rows; row++) {
                sum = sum.add(((IntVector) ByteVector.fromMemorySegment(BYTES, ALL, x + row * step + i, ORDER)
                                .convertShape(VectorOperators.B2I, INTS, 0))
                        .and(mask));
            }
            sum.intoMemorySegment(ALL, sums + 4L * i, ORDER);
        }
        for (; i < count; i++) {
            int sum = off;
            for (int row = 0; row < rows; row++) {
                sum += ALL.get(ValueLayout.JAVA_BYTE, x + row * step + i) & mask;
            }
            ALL.set(INT, sums + 4L * i, sum);
        }
    }

    /** Bytes of the sums of {@code columns} int32 that lie {@code step} bytes apart, for each of {@code count} places. */
    static void means(int count, long sums, int columns, long step, float steps, int zeroPoint, int lowest, long y) {
        FloatVector factor = FloatVector.broadcast(FLOATS, steps);
        int shift = ROUNDING_BITS - zeroPoint;
        int highest = lowest + 255;
        int i = 0;
        for (int end = INTS.loopBound(count - SURPLUS); i < end; i += LANES) {
            IntVector sum = IntVector.zero(INTS);
            for (int column = 0; column < columns; column++) {
                sum = sum.add(IntVector.fromMemorySegment(INTS, ALL, sums + column * step + 4L * i, ORDER));
            }
            IntVector rounded = ((FloatVector) sum.convert(VectorOperators.I2F, 0))
                    .mul(factor)
                    .add(ROUNDING)
                    .reinterpretAsInts()
                    .sub(shift)
                    .max(lowest)
                    .min(highest);
            ((ByteVector) rounded.convertShape(VectorOperators.I2B, BYTES, 0)).intoMemorySegment(ALL, y + i, ORDER);
        }
        for (; i < count; i++) {
            int sum = 0;
            for (int column = 0; column < columns; column++) {
                sum += ALL.get(INT, sums + column * step + 4L * i);
            }
            put(sum * steps, zeroPoint, lowest, y + i);
        }
    }

    private static void put(float value, int zeroPoint, int lowest, long y) {
        double rounded = Math.rint((double) value) + zeroPoint;
        ALL.set(ValueLayout.JAVA_BYTE, y, (byte) Math.clamp(rounded, lowest, lowest + 255));
    }
}
