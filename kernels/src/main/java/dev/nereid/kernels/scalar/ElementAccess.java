package dev.nereid.kernels.scalar;

import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.SmallFloat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads and writes the elements of one datatype, as integers (sign- or zero-extended; stored modulo the type's range) and as
 * doubles (rounded when stored).
 *
 * @param lowest the least integer of an integer type
 * @param highest the greatest integer of an integer type; for {@code UINT64} its bits
 */
record ElementAccess(
        DataType type,
        long lowest,
        long highest,
        IntegerReader integer,
        IntegerWriter setInteger,
        RealReader real,
        RealWriter setReal) {

    /** Reads the element at a byte offset as an integer. */
    @FunctionalInterface
    interface IntegerReader {
        long get(MemorySegment segment, long offset);
    }

    /** Writes an integer to the element at a byte offset. */
    @FunctionalInterface
    interface IntegerWriter {
        void set(MemorySegment segment, long offset, long value);
    }

    /** Reads the element at a byte offset as a double. */
    @FunctionalInterface
    interface RealReader {
        double get(MemorySegment segment, long offset);
    }

    /** Writes a double to the element at a byte offset. */
    @FunctionalInterface
    interface RealWriter {
        void set(MemorySegment segment, long offset, double value);
    }

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The access to elements of {@code type}. */
    static ElementAccess of(DataType type) {
        return of(type, CastRule.DEFAULT);
    }

    /** The access to elements of {@code type}, with {@code rule} for what it cannot hold. */
    static ElementAccess of(DataType type, CastRule rule) {
        return switch (type) {
            case BOOL ->
                new ElementAccess(
                        type,
                        0,
                        1,
                        (s, o) -> s.get(BYTE, o) & 1,
                        (s, o, v) -> s.set(BYTE, o, v != 0 ? (byte) 1 : 0),
                        (s, o) -> s.get(BYTE, o) & 1,
                        (s, o, v) -> s.set(BYTE, o, v != 0 ? (byte) 1 : 0));
            case UINT8 -> narrow(type, 0, 255, (s, o) -> s.get(BYTE, o) & 0xff, (s, o, v) -> s.set(BYTE, o, (byte) v));
            case INT8 -> narrow(type, -128, 127, (s, o) -> s.get(BYTE, o), (s, o, v) -> s.set(BYTE, o, (byte) v));
            case UINT4 ->
                narrow(type, 0, 15, (s, o) -> s.get(BYTE, o) & 15, (s, o, v) -> s.set(BYTE, o, (byte) (v & 15)));
            case INT4 ->
                narrow(type, -8, 7, (s, o) -> s.get(BYTE, o), (s, o, v) -> s.set(BYTE, o, (byte) (v << 60 >> 60)));
            case UINT2 -> narrow(type, 0, 3, (s, o) -> s.get(BYTE, o) & 3, (s, o, v) -> s.set(BYTE, o, (byte) (v & 3)));
            case INT2 ->
                narrow(type, -2, 1, (s, o) -> s.get(BYTE, o), (s, o, v) -> s.set(BYTE, o, (byte) (v << 62 >> 62)));
            case UINT16 ->
                narrow(type, 0, 0xffff, (s, o) -> s.get(SHORT, o) & 0xffff, (s, o, v) -> s.set(SHORT, o, (short) v));
            case INT16 ->
                narrow(
                        type,
                        Short.MIN_VALUE,
                        Short.MAX_VALUE,
                        (s, o) -> s.get(SHORT, o),
                        (s, o, v) -> s.set(SHORT, o, (short) v));
            case UINT32 ->
                narrow(
                        type,
                        0,
                        0xffff_ffffL,
                        (s, o) -> s.get(INT, o) & 0xffff_ffffL,
                        (s, o, v) -> s.set(INT, o, (int) v));
            case INT32 ->
                narrow(
                        type,
                        Integer.MIN_VALUE,
                        Integer.MAX_VALUE,
                        (s, o) -> s.get(INT, o),
                        (s, o, v) -> s.set(INT, o, (int) v));
            case INT64 ->
                narrow(type, Long.MIN_VALUE, Long.MAX_VALUE, (s, o) -> s.get(LONG, o), (s, o, v) -> s.set(LONG, o, v));
            case UINT64 ->
                new ElementAccess(
                        type,
                        0,
                        -1,
                        (s, o) -> s.get(LONG, o),
                        (s, o, v) -> s.set(LONG, o, v),
                        (s, o) -> unsignedToDouble(s.get(LONG, o)),
                        (s, o, v) -> s.set(LONG, o, doubleToUnsigned(v)));
            case FP16 ->
                real(
                        type,
                        (s, o) -> Float.float16ToFloat(s.get(SHORT, o)),
                        (s, o, v) -> s.set(SHORT, o, doubleToFloat16(v)));
            case BF16 ->
                real(
                        type,
                        (s, o) -> Float.intBitsToFloat(s.get(SHORT, o) << 16),
                        (s, o, v) -> s.set(SHORT, o, doubleToBfloat16(v)));
            case FP32 ->
                new ElementAccess(
                        type,
                        0,
                        0,
                        (s, o) -> (long) s.get(FLOAT, o),
                        (s, o, v) -> s.set(FLOAT, o, (float) v),
                        (s, o) -> s.get(FLOAT, o),
                        (s, o, v) -> s.set(FLOAT, o, (float) v));
            case FP64 -> real(type, (s, o) -> s.get(DOUBLE, o), (s, o, v) -> s.set(DOUBLE, o, v));
            case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0, FLOAT4E2M1 -> {
                SmallFloat format = SmallFloat.of(type).orElseThrow();
                yield real(
                        type,
                        (s, o) -> format.decode(s.get(BYTE, o)),
                        (s, o, v) -> s.set(BYTE, o, format.encode(v, rule.saturate(), rule.powers())));
            }
            case STRING, COMPLEX64, COMPLEX128 ->
                throw new UnsupportedOperationException("no arithmetic on elements of " + type);
        };
    }

    /** Whether the elements are integers or truth values. */
    boolean isInteger() {
        return !type.isFloat();
    }

    /** Bytes of an element. */
    int bytes() {
        return type.bytes();
    }

    private static ElementAccess narrow(
            DataType type, long lowest, long highest, IntegerReader reader, IntegerWriter writer) {
        return new ElementAccess(
                type,
                lowest,
                highest,
                reader,
                writer,
                (s, o) -> reader.get(s, o),
                (s, o, v) -> writer.set(s, o, (long) v));
    }

    private static ElementAccess real(DataType type, RealReader reader, RealWriter writer) {
        return new ElementAccess(
                type,
                0,
                0,
                (s, o) -> (long) reader.get(s, o),
                (s, o, v) -> writer.set(s, o, (double) v),
                reader,
                writer);
    }

    private static double unsignedToDouble(long bits) {
        return bits >= 0 ? bits : 2.0 * (double) ((bits >>> 1) | (bits & 1));
    }

    private static long doubleToUnsigned(double value) {
        return value >= 0x1p63 ? (long) (value - 0x1p63) ^ Long.MIN_VALUE : (long) value;
    }

    /** Rounds once: the detour over float rounds to odd, so that no tie arises that the double did not have. */
    private static short doubleToFloat16(double value) {
        return Float.floatToFloat16(roundToOdd(value));
    }

    private static short doubleToBfloat16(double value) {
        if (Double.isNaN(value)) {
            return 0x7fc0;
        }
        int bits = Float.floatToRawIntBits(roundToOdd(value));
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    private static float roundToOdd(double value) {
        float rounded = (float) value;
        if (rounded == value || Double.isNaN(value) || Float.isInfinite(rounded)) {
            return rounded;
        }
        int bits = Float.floatToRawIntBits(rounded);
        if ((bits & 1) != 0) {
            return rounded;
        }
        boolean towardsZero = Math.abs((double) rounded) < Math.abs(value);
        return Float.intBitsToFloat(towardsZero ? bits + 1 : bits - 1);
    }
}
