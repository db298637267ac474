package dev.nereid.server.batch;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import dev.nereid.engine.RowTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Tensors as JSON: a number, boolean or string for one element, lists within lists for more. */
final class TensorJson {
    private static final int BFLOAT_SHIFT = 16;

    private TensorJson() {}

    /**
     * The tensor that a value stands for.
     *
     * @throws BatchException if an element does not suit the datatype or lists differ in length; does not name the column
     */
    static RowTensor read(DataType type, JsonNode value) {
        List<Long> dims = new ArrayList<>();
        for (JsonNode node = value; node.isArray(); node = node.get(0)) {
            dims.add((long) node.size());
            if (node.isEmpty()) {
                break;
            }
        }
        Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        List<JsonNode> elements = new ArrayList<>(Math.toIntExact(shape.elements()));
        flatten(value, shape, 0, elements);
        if (type == DataType.STRING) {
            return RowTensor.ofStrings(
                    shape, elements.stream().map(TensorJson::text).toArray(byte[][]::new));
        }
        ByteBuffer buffer = ByteBuffer.allocate(Math.multiplyExact(elements.size(), type.bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        elements.forEach(element -> put(buffer, type, element));
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return RowTensor.of(type, shape, bytes);
    }

    private static void flatten(JsonNode value, Shape shape, int axis, List<JsonNode> elements) {
        boolean list = axis < shape.rank();
        if (value.isArray() != list || (list && value.size() != shape.dim(axis))) {
            throw new BatchException("expected lists of equal lengths, as shape " + shape + " has, got "
                    + (value.isArray() ? "a list of " + value.size() : value.toString()) + " at depth " + axis);
        }
        if (!list) {
            elements.add(value);
            return;
        }
        for (JsonNode inner : value) {
            flatten(inner, shape, axis + 1, elements);
        }
    }

    private static byte[] text(JsonNode value) {
        if (value instanceof BinaryNode bytes) {
            return bytes.binaryValue();
        }
        if (!value.isValueNode() || value.isNull()) {
            throw wrong("a string", value);
        }
        return value.asText().getBytes(StandardCharsets.UTF_8);
    }

    private static void put(ByteBuffer buffer, DataType type, JsonNode value) {
        switch (type) {
            case FP32 -> buffer.putFloat((float) real(value));
            case FP64 -> buffer.putDouble(real(value));
            case FP16 -> buffer.putShort(Float.floatToFloat16((float) real(value)));
            case BF16 -> buffer.putShort(bfloat((float) real(value)));
            case INT64 -> buffer.putLong(integer(value, Long.MIN_VALUE, Long.MAX_VALUE));
            case UINT64 -> buffer.putLong(unsignedLong(value));
            case INT32 -> buffer.putInt((int) integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> buffer.putInt((int) integer(value, 0, 0xffff_ffffL));
            case INT16 -> buffer.putShort((short) integer(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT16 -> buffer.putShort((short) integer(value, 0, 0xffff));
            case INT8 -> buffer.put((byte) integer(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> buffer.put((byte) integer(value, 0, 0xff));
            case BOOL -> buffer.put((byte) (value.isBoolean() ? (value.booleanValue() ? 1 : 0) : integer(value, 0, 1)));
            default -> throw new BatchException("no column holds a tensor of " + type.protocolName());
        }
    }

    private static double real(JsonNode value) {
        if (value.isNumber()) {
            return value.doubleValue();
        }
        return switch (value.isTextual() ? value.textValue() : "") {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong("a number", value);
        };
    }

    private static long integer(JsonNode value, long least, long most) {
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            long number = value.longValue();
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw wrong("an integer from " + least + " to " + most, value);
    }

    private static long unsignedLong(JsonNode value) {
        if (value.isIntegralNumber()
                && value.bigIntegerValue().signum() >= 0
                && value.bigIntegerValue().bitLength() <= Long.SIZE) {
            return value.bigIntegerValue().longValue();
        }
        throw wrong("an integer from 0 to 18446744073709551615", value);
    }

    /** Rounds to nearest, ties to even. */
    private static short bfloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >> BFLOAT_SHIFT) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >> BFLOAT_SHIFT) & 1)) >> BFLOAT_SHIFT);
    }

    private static BatchException wrong(String expected, JsonNode value) {
        String text = value.toString();
        return new BatchException(
                "expected " + expected + ", got " + (text.length() > 60 ? text.substring(0, 60) + "..." : text));
    }

    /** Writes a tensor; NaN and infinities as the strings that {@link #read} takes. */
    static void write(JsonGenerator json, RowTensor tensor) throws IOException {
        Elements elements = new Elements(tensor);
        write(json, tensor.shape(), 0, elements);
    }

    private static void write(JsonGenerator json, Shape shape, int axis, Elements elements) throws IOException {
        if (axis == shape.rank()) {
            elements.writeNext(json);
            return;
        }
        json.writeStartArray();
        for (long i = 0; i < shape.dim(axis); i++) {
            write(json, shape, axis + 1, elements);
        }
        json.writeEndArray();
    }

    /** The elements of a tensor one after the other. */
    private static final class Elements {
        private final RowTensor tensor;
        private final ByteBuffer buffer;
        private int next;

        Elements(RowTensor tensor) {
            this.tensor = tensor;
            this.buffer = tensor.buffer();
        }

        void writeNext(JsonGenerator json) throws IOException {
            switch (tensor.dataType()) {
                case STRING -> json.writeString(new String(tensor.strings()[next++], StandardCharsets.UTF_8));
                case FP32 -> json.writeNumber(buffer.getFloat());
                case FP64 -> json.writeNumber(buffer.getDouble());
                case FP16 -> json.writeNumber(Float.float16ToFloat(buffer.getShort()));
                case BF16 -> json.writeNumber(Float.intBitsToFloat(buffer.getShort() << BFLOAT_SHIFT));
                case INT64 -> json.writeNumber(buffer.getLong());
                case UINT64 -> json.writeNumber(new BigInteger(Long.toUnsignedString(buffer.getLong())));
                case INT32 -> json.writeNumber(buffer.getInt());
                case UINT32 -> json.writeNumber(Integer.toUnsignedLong(buffer.getInt()));
                case INT16 -> json.writeNumber(buffer.getShort());
                case UINT16 -> json.writeNumber(Short.toUnsignedInt(buffer.getShort()));
                case INT8 -> json.writeNumber((int) buffer.get());
                case UINT8 -> json.writeNumber(Byte.toUnsignedInt(buffer.get()));
                case BOOL -> json.writeBoolean(buffer.get() != 0);
                default ->
                    throw new BatchException(
                            "no column holds a tensor of " + tensor.dataType().protocolName());
            }
        }
    }
}
