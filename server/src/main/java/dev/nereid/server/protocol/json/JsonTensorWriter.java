package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.HalfFloats;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Writes the elements of tensors, and parameters, as JSON values. */
public final class JsonTensorWriter {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE);

    private JsonTensorWriter() {}

    /** Writes a parameter's value. */
    public static void parameter(JsonWriter json, Parameter value) {
        switch (value) {
            case Parameter.Bool bool -> json.value(bool.value());
            case Parameter.Int integer -> json.value(integer.value());
            case Parameter.Real real -> json.value(real.value());
            case Parameter.Text text -> json.value(text.value());
        }
    }

    /**
     * Writes all elements in row-major order, as values that follow each other.
     *
     * @throws InferException if JSON has no form for the datatype in this dialect
     */
    public static void elements(JsonWriter json, Tensor tensor, Dialect dialect) {
        JsonTypes.checkWritten(tensor.dataType(), dialect);
        long elements = tensor.shape().elements();
        DataType type = tensor.dataType();
        if (type == DataType.STRING) {
            byte[][] strings = tensor.strings();
            for (int i = 0; i < elements; i++) {
                json.string(strings[i]);
            }
            return;
        }
        MemorySegment segment = tensor.segment();
        switch (type) {
            case BOOL -> {
                for (long i = 0; i < elements; i++) {
                    json.value(segment.get(ValueLayout.JAVA_BYTE, i) != 0);
                }
            }
            case INT8 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((long) segment.get(ValueLayout.JAVA_BYTE, i));
                }
            }
            case UINT8 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(Byte.toUnsignedLong(segment.get(ValueLayout.JAVA_BYTE, i)));
                }
            }
            case INT16 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((long) segment.get(SHORT, i * Short.BYTES));
                }
            }
            case UINT16 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(Short.toUnsignedLong(segment.get(SHORT, i * Short.BYTES)));
                }
            }
            case INT32 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((long) segment.get(INT, i * Integer.BYTES));
                }
            }
            case UINT32 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(Integer.toUnsignedLong(segment.get(INT, i * Integer.BYTES)));
                }
            }
            case INT64 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(segment.get(LONG, i * Long.BYTES));
                }
            }
            case UINT64 -> {
                for (long i = 0; i < elements; i++) {
                    json.unsignedValue(segment.get(LONG, i * Long.BYTES));
                }
            }
            case FP32 -> JsonReals.floats(json, segment, elements);
            case FP64 -> {
                for (long i = 0; i < elements; i++) {
                    json.value(segment.get(DOUBLE, i * Double.BYTES));
                }
            }
            case FP16 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((double) Float.float16ToFloat(segment.get(SHORT, i * Short.BYTES)));
                }
            }
            case BF16 -> {
                for (long i = 0; i < elements; i++) {
                    json.value((double) HalfFloats.ofBf16(segment.get(SHORT, i * Short.BYTES)));
                }
            }
            default -> throw JsonTypes.notWritten(type);
        }
    }
}
