package dev.nereid.server.cases;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Between the elements of a tensor as bytes and as Java's values. */
final class Elements {
    private Elements() {}

    static byte[] bytes(String datatype, List<?> values) {
        int size = 0;
        for (Object value : values) {
            size += datatype.equals("BYTES") ? Integer.BYTES + utf8(value).length : size(datatype);
        }
        ByteBuffer buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        for (Object value : values) {
            switch (datatype) {
                case "BOOL" -> buffer.put((byte) (Boolean.TRUE.equals(value) ? 1 : 0));
                case "BYTES" -> buffer.putInt(utf8(value).length).put(utf8(value));
                case "FP32" -> buffer.putFloat(((Number) value).floatValue());
                case "FP64" -> buffer.putDouble(((Number) value).doubleValue());
                default -> putInteger(buffer, size(datatype), ((Number) value).longValue());
            }
        }
        return buffer.array();
    }

    /** The elements as they stand in JSON. */
    static List<Object> json(String datatype, byte[] data) {
        ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        List<Object> values = new ArrayList<>();
        while (buffer.hasRemaining()) {
            values.add(
                    switch (datatype) {
                        case "BOOL" -> buffer.get() != 0;
                        case "BYTES" -> {
                            byte[] text = new byte[buffer.getInt()];
                            buffer.get(text);
                            yield new String(text, StandardCharsets.UTF_8);
                        }
                        case "FP32" -> buffer.getFloat();
                        case "FP64" -> buffer.getDouble();
                        case "UINT8" -> Byte.toUnsignedLong(buffer.get());
                        case "UINT16" -> Short.toUnsignedLong(buffer.getShort());
                        case "UINT32" -> Integer.toUnsignedLong(buffer.getInt());
                        case "UINT64" -> new java.math.BigInteger(Long.toUnsignedString(buffer.getLong()));
                        case "INT8" -> (long) buffer.get();
                        case "INT16" -> (long) buffer.getShort();
                        case "INT32" -> (long) buffer.getInt();
                        default -> buffer.getLong();
                    });
        }
        return values;
    }

    /** The values of a JSON array, as {@link #bytes} takes them. */
    static List<Object> values(String datatype, JsonNode array) {
        List<Object> values = new ArrayList<>();
        for (JsonNode node : array) {
            values.add(
                    switch (datatype) {
                        case "BOOL" -> node.booleanValue();
                        case "BYTES" -> node.textValue();
                        case "FP32", "FP64" -> node.doubleValue();
                        default -> node.bigIntegerValue();
                    });
        }
        return values;
    }

    private static void putInteger(ByteBuffer buffer, int size, long value) {
        switch (size) {
            case 1 -> buffer.put((byte) value);
            case 2 -> buffer.putShort((short) value);
            case 4 -> buffer.putInt((int) value);
            default -> buffer.putLong(value);
        }
    }

    /** Bytes of an element of a fixed size. */
    static int size(String datatype) {
        return switch (datatype) {
            case "BOOL", "INT8", "UINT8" -> 1;
            case "INT16", "UINT16", "FP16", "BF16" -> 2;
            case "INT32", "UINT32", "FP32" -> 4;
            default -> 8;
        };
    }

    private static byte[] utf8(Object value) {
        return ((String) value).getBytes(StandardCharsets.UTF_8);
    }
}
