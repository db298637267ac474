package dev.nereid.engine;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.HalfFloats;
import dev.nereid.tensor.Shape;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes tensors of rows from the values that files and tables hold. */
public final class RowValues {
    private static final int SHOWN = 60;

    private RowValues() {}

    /**
     * The tensor of a value.
     *
     * @param value a {@link Number}, {@link Boolean}, {@link String} or {@code byte[]}, or a {@link List} of them or of lists of
     *     equal lengths. The strings NaN, Infinity and -Infinity are real numbers
     * @throws EngineException if an element does not suit the datatype, is null, or lists differ in length; does not name the input
     */
    public static RowTensor tensor(DataType type, Object value) {
        List<Integer> dims = new ArrayList<>();
        for (Object first = value; first instanceof List<?> list; first = list.getFirst()) {
            dims.add(list.size());
            if (list.isEmpty()) {
                break;
            }
        }
        // The dims are those of the first lists alone until all lists have been compared with them.
        List<Object> elements = new ArrayList<>();
        flatten(value, dims, 0, elements);
        Shape shape = Shape.of(dims.stream().mapToLong(Integer::longValue).toArray());
        if (type == DataType.STRING) {
            return RowTensor.ofStrings(
                    shape, elements.stream().map(RowValues::text).toArray(byte[][]::new));
        }
        long size = (long) elements.size() * type.bytes();
        if (size > Integer.MAX_VALUE) {
            throw EngineException.invalid("expected at most " + Integer.MAX_VALUE + " bytes, got shape " + shape
                    + " of " + type.protocolName());
        }
        byte[] bytes = new byte[(int) size];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        elements.forEach(element -> put(buffer, type, element));
        return RowTensor.of(type, shape, bytes);
    }

    private static void flatten(@Nullable Object value, List<Integer> dims, int axis, List<Object> elements) {
        boolean list = axis < dims.size();
        if (list && value instanceof List<?> inner && inner.size() == dims.get(axis)) {
            for (Object each : inner) {
                flatten(each, dims, axis + 1, elements);
            }
        } else if (list || value instanceof List<?>) {
            throw EngineException.invalid("expected lists of equal lengths, as the first ones have with shape "
                    + dims.toString().replace(" ", "") + ", got " + shown(value) + " at depth " + axis);
        } else if (value == null) {
            throw EngineException.invalid("the value is null");
        } else {
            elements.add(value);
        }
    }

    private static byte[] text(Object value) {
        return switch (value) {
            case String text -> text.getBytes(StandardCharsets.UTF_8);
            case byte[] bytes -> bytes.clone();
            default -> throw wrong("a string", value);
        };
    }

    private static void put(ByteBuffer buffer, DataType type, Object value) {
        switch (type) {
            case FP32 -> buffer.putFloat(real(value).floatValue());
            case FP64 -> buffer.putDouble(real(value).doubleValue());
            case FP16 -> buffer.putShort(HalfFloats.fp16(real(value).doubleValue()));
            case BF16 -> buffer.putShort(HalfFloats.bf16(real(value).doubleValue()));
            case INT64 -> buffer.putLong(integer(value, Long.MIN_VALUE, Long.MAX_VALUE));
            case UINT64 -> buffer.putLong(unsignedLong(value));
            case INT32 -> buffer.putInt((int) integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> buffer.putInt((int) integer(value, 0, 0xffff_ffffL));
            case INT16 -> buffer.putShort((short) integer(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT16 -> buffer.putShort((short) integer(value, 0, 0xffff));
            case INT8 -> buffer.put((byte) integer(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> buffer.put((byte) integer(value, 0, 0xff));
            case BOOL -> buffer.put((byte) (value instanceof Boolean flag ? (flag ? 1 : 0) : integer(value, 0, 1)));
            default -> throw EngineException.invalid("no column holds a tensor of " + type.protocolName());
        }
    }

    private static Number real(Object value) {
        return switch (value) {
            case Number number -> number;
            case String text when text.equals("NaN") -> Double.NaN;
            case String text when text.equals("Infinity") -> Double.POSITIVE_INFINITY;
            case String text when text.equals("-Infinity") -> Double.NEGATIVE_INFINITY;
            default -> throw wrong("a number", value);
        };
    }

    private static long integer(Object value, long least, long most) {
        if (isInteger(value) && (!(value instanceof BigInteger big) || big.bitLength() < Long.SIZE)) {
            long number = ((Number) value).longValue();
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw wrong("an integer from " + least + " to " + most, value);
    }

    private static long unsignedLong(Object value) {
        long number = isInteger(value) ? ((Number) value).longValue() : -1;
        if (value instanceof BigInteger big ? big.signum() >= 0 && big.bitLength() <= Long.SIZE : number >= 0) {
            return number;
        }
        throw wrong("an integer from 0 to " + Long.toUnsignedString(-1), value);
    }

    private static boolean isInteger(Object value) {
        return value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte
                || value instanceof BigInteger;
    }

    private static EngineException wrong(String expected, Object value) {
        return EngineException.invalid("expected " + expected + ", got " + shown(value));
    }

    private static String shown(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case List<?> list -> "a list of " + list.size();
            case byte[] bytes -> bytes.length + " bytes";
            case String text -> '"' + cut(text) + '"';
            default -> cut(value.toString());
        };
    }

    private static String cut(String text) {
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    }
}
