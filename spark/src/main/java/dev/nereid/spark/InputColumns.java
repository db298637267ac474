package dev.nereid.spark;

import dev.nereid.engine.RowTensor;
import dev.nereid.engine.TensorSpec;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Reads the model's inputs from the columns of rows: numbers, booleans, strings, and arrays of them within arrays. */
final class InputColumns {

    private final List<TensorSpec> inputs;
    private final int[] columns;

    /** @param columns for each input the index of its column */
    InputColumns(List<TensorSpec> inputs, int[] columns) {
        this.inputs = inputs;
        this.columns = columns.clone();
    }

    /** @throws IllegalArgumentException if a value does not suit its input; names the input */
    List<RowTensor> tensors(Row row) {
        List<RowTensor> tensors = new ArrayList<>(columns.length);
        for (int i = 0; i < columns.length; i++) {
            try {
                tensors.add(tensor(inputs.get(i).dataType(), row.get(columns[i])));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("input " + inputs.get(i) + ": " + e.getMessage(), e);
            }
        }
        return tensors;
    }

    private static RowTensor tensor(DataType type, @Nullable Object value) {
        if (value instanceof byte[] bytes && type != DataType.STRING) {
            return RowTensor.of(type, Shape.of(bytes.length / Math.max(type.bytes(), 1)), bytes);
        }
        List<Long> dims = new ArrayList<>();
        for (Object inner = value; inner instanceof Seq<?> list; inner = list.apply(0)) {
            dims.add((long) list.size());
            if (list.isEmpty()) {
                break;
            }
        }
        Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        List<Object> elements = new ArrayList<>(Math.toIntExact(shape.elements()));
        flatten(value, shape, 0, elements);
        if (type == DataType.STRING) {
            return RowTensor.ofStrings(
                    shape, elements.stream().map(InputColumns::text).toArray(byte[][]::new));
        }
        byte[] bytes = new byte[Math.multiplyExact(elements.size(), type.bytes())];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        elements.forEach(element -> put(buffer, type, element));
        return RowTensor.of(type, shape, bytes);
    }

    private static void flatten(@Nullable Object value, Shape shape, int axis, List<Object> elements) {
        if (value == null) {
            throw new IllegalArgumentException("the value is null");
        }
        boolean list = axis < shape.rank();
        if (value instanceof Seq<?> == !list || (value instanceof Seq<?> inner && inner.size() != shape.dim(axis))) {
            throw new IllegalArgumentException("expected arrays of equal lengths, as shape " + shape + " has");
        }
        if (!(value instanceof Seq<?> inner)) {
            elements.add(value);
            return;
        }
        for (Object each : CollectionConverters.asJava(inner)) {
            flatten(each, shape, axis + 1, elements);
        }
    }

    private static byte[] text(Object value) {
        return switch (value) {
            case String text -> text.getBytes(StandardCharsets.UTF_8);
            case byte[] bytes -> Arrays.copyOf(bytes, bytes.length);
            default -> throw wrong("a string", value);
        };
    }

    private static void put(ByteBuffer buffer, DataType type, Object value) {
        switch (type) {
            case FP32 -> buffer.putFloat((float) real(value));
            case FP64 -> buffer.putDouble(real(value));
            case FP16 -> buffer.putShort(Float.floatToFloat16((float) real(value)));
            case INT64, UINT64 -> buffer.putLong(integer(value, Long.MIN_VALUE, Long.MAX_VALUE));
            case INT32 -> buffer.putInt((int) integer(value, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT32 -> buffer.putInt((int) integer(value, 0, 0xffff_ffffL));
            case INT16 -> buffer.putShort((short) integer(value, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT16 -> buffer.putShort((short) integer(value, 0, 0xffff));
            case INT8 -> buffer.put((byte) integer(value, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT8 -> buffer.put((byte) integer(value, 0, 0xff));
            case BOOL -> buffer.put((byte) (value instanceof Boolean flag ? (flag ? 1 : 0) : integer(value, 0, 1)));
            default -> throw new IllegalArgumentException("no column holds a tensor of " + type.protocolName());
        }
    }

    private static double real(Object value) {
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw wrong("a number", value);
    }

    private static long integer(Object value, long least, long most) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            long number = ((Number) value).longValue();
            if (number >= least && number <= most) {
                return number;
            }
        }
        throw wrong("an integer from " + least + " to " + most, value);
    }

    private static IllegalArgumentException wrong(String expected, Object value) {
        return new IllegalArgumentException(
                "expected " + expected + ", got " + value.getClass().getSimpleName() + " " + value);
    }
}
