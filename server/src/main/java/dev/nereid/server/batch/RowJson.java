package dev.nereid.server.batch;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ValueNode;
import dev.nereid.engine.EngineException;
import dev.nereid.engine.RowTensor;
import dev.nereid.engine.RowValues;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.HalfFloats;
import dev.nereid.tensor.Shape;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tensors of rows as JSON: a number, boolean or string for one element, lists within lists for more. */
final class RowJson {
    private RowJson() {}

    /**
     * The tensor that a value stands for.
     *
     * @throws EngineException if an element does not suit the datatype or lists differ in length; does not name the column
     */
    static RowTensor read(DataType type, JsonNode value) {
        if (value.isNull()) {
            throw new BatchException("the value is null");
        }
        return RowValues.tensor(type, Objects.requireNonNull(plain(value, type == DataType.STRING)));
    }

    /** @param strings whether numbers and booleans become strings */
    private static @Nullable Object plain(JsonNode value, boolean strings) {
        return switch (value) {
            case ArrayNode list -> {
                List<@Nullable Object> plain = new ArrayList<>(list.size());
                list.forEach(each -> plain.add(plain(each, strings)));
                yield plain;
            }
            case NullNode _ -> null;
            case BinaryNode bytes -> bytes.binaryValue();
            case NumericNode number when !strings -> number.numberValue();
            case BooleanNode flag when !strings -> flag.booleanValue();
            case ValueNode scalar -> scalar.asText();
            default -> value;
        };
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
                case BF16 -> json.writeNumber(HalfFloats.ofBf16(buffer.getShort()));
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
