package dev.nereid.spark;

import dev.nereid.engine.RowTensor;
import dev.nereid.engine.TensorSpec;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/** The model's outputs as columns: one element is a number, boolean or string, more are arrays within arrays. */
final class OutputColumns {
    private OutputColumns() {}

    /** The column of an output; null where a row failed. */
    static StructField field(TensorSpec output) {
        org.apache.spark.sql.types.DataType type = element(output);
        // Of an output whose number of dims is not known, the elements are a flat array.
        int rank = output.dims().map(List::size).orElse(1);
        for (int axis = 0; axis < rank; axis++) {
            type = DataTypes.createArrayType(type, false);
        }
        return DataTypes.createStructField(output.name(), type, true);
    }

    private static org.apache.spark.sql.types.DataType element(TensorSpec output) {
        return switch (output.dataType()) {
            case FP32, FP16, BF16 -> DataTypes.FloatType;
            case FP64 -> DataTypes.DoubleType;
            case INT64, UINT32, UINT64 -> DataTypes.LongType;
            case INT32, UINT16 -> DataTypes.IntegerType;
            case INT16, UINT8 -> DataTypes.ShortType;
            case INT8 -> DataTypes.ByteType;
            case BOOL -> DataTypes.BooleanType;
            case STRING -> DataTypes.StringType;
            default -> throw new IllegalArgumentException("output " + output + ": no column holds its datatype");
        };
    }

    /** The value of a column. */
    static Object value(TensorSpec output, RowTensor tensor) {
        Shape shape = output.dims().isPresent()
                ? tensor.shape()
                : Shape.of(tensor.shape().elements());
        Object flat = flat(tensor);
        return shape.rank() == 0 ? java.lang.reflect.Array.get(flat, 0) : nested(flat, shape, 0, 0);
    }

    private static Object nested(Object flat, Shape shape, int axis, int from) {
        int count = Math.toIntExact(shape.dim(axis));
        if (axis == shape.rank() - 1) {
            if (from == 0 && shape.elements() == count) {
                return flat;
            }
            Object part = java.lang.reflect.Array.newInstance(flat.getClass().getComponentType(), count);
            System.arraycopy(flat, from, part, 0, count);
            return part;
        }
        int stride = Math.toIntExact(shape.elements(axis + 1, shape.rank()));
        Object[] list = new Object[count];
        for (int i = 0; i < count; i++) {
            list[i] = nested(flat, shape, axis + 1, from + i * stride);
        }
        return list;
    }

    private static Object flat(RowTensor tensor) {
        if (tensor.dataType() == DataType.FP32) {
            return tensor.floats();
        }
        if (tensor.dataType() == DataType.INT64 || tensor.dataType() == DataType.UINT64) {
            long[] longs = new long[Math.toIntExact(tensor.shape().elements())];
            tensor.buffer().asLongBuffer().get(longs);
            return longs;
        }
        Object[] elements = new Object[Math.toIntExact(tensor.shape().elements())];
        ByteBuffer buffer = tensor.buffer();
        for (int i = 0; i < elements.length; i++) {
            elements[i] = switch (tensor.dataType()) {
                case FP16 -> (Object) Float.float16ToFloat(buffer.getShort());
                case BF16 -> Float.intBitsToFloat(buffer.getShort() << 16);
                case FP64 -> buffer.getDouble();
                case UINT32 -> Integer.toUnsignedLong(buffer.getInt());
                case INT32 -> buffer.getInt();
                case UINT16 -> Short.toUnsignedInt(buffer.getShort());
                case INT16 -> buffer.getShort();
                case UINT8 -> (short) Byte.toUnsignedInt(buffer.get());
                case INT8 -> buffer.get();
                case BOOL -> buffer.get() != 0;
                case STRING -> new String(tensor.strings()[i], StandardCharsets.UTF_8);
                default -> throw new IllegalStateException(tensor.toString());
            };
        }
        return elements;
    }
}
