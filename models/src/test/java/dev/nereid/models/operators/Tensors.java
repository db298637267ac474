package dev.nereid.models.operators;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Small tensors for tests, in memory that lives as long as they do, and their content as text. */
public final class Tensors {
    private Tensors() {}

    private static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(Math.max(1, bytes), 64);
    }

    private static Shape shape(long[] dims, int elements) {
        return dims.length == 0 ? Shape.of(elements) : Shape.of(dims);
    }

    /** The dims of a vector may be left out. */
    public static Tensor floats(float[] values, long... dims) {
        MemorySegment segment = allocate(4L * values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_FLOAT, 0, values.length);
        return Tensor.of(DataType.FP32, shape(dims, values.length), segment);
    }

    /** As many floats as the shape has elements: 0, 1, 2, ... */
    public static Tensor counting(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[Math.toIntExact(shape.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return floats(values).withShape(shape);
    }

    public static Tensor longs(long... values) {
        MemorySegment segment = allocate(8L * values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_LONG, 0, values.length);
        return Tensor.of(DataType.INT64, Shape.of(values.length), segment);
    }

    public static Tensor ints(int... values) {
        MemorySegment segment = allocate(4L * values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_INT, 0, values.length);
        return Tensor.of(DataType.INT32, Shape.of(values.length), segment);
    }

    /** Elements of one byte each. */
    public static Tensor bytes(DataType type, int... values) {
        MemorySegment segment = allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
        }
        return Tensor.of(type, Shape.of(values.length), segment);
    }

    public static Tensor strings(String... values) {
        byte[][] elements = new byte[values.length][];
        for (int i = 0; i < values.length; i++) {
            elements[i] = values[i].getBytes(StandardCharsets.UTF_8);
        }
        return Tensor.ofStrings(Shape.of(values.length), elements);
    }

    /** A copy that no run's memory holds. */
    public static Tensor copy(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            return Tensor.ofStrings(tensor.shape(), tensor.strings().clone());
        }
        MemorySegment segment = allocate(tensor.byteSize());
        MemorySegment.copy(tensor.segment(), 0, segment, 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), segment);
    }

    /** Datatype, shape and elements: equal for equal tensors. */
    public static String text(Tensor tensor) {
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < tensor.shape().elements(); i++) {
            elements.add(element(tensor, i));
        }
        return tensor.dataType() + tensor.shape().toString() + " " + elements;
    }

    private static String element(Tensor tensor, int i) {
        return switch (tensor.dataType()) {
            case STRING -> "'" + new String(tensor.strings()[i], StandardCharsets.UTF_8) + "'";
            case FP32 -> Float.toString(tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i));
            case FP64 -> Double.toString(tensor.segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i));
            case COMPLEX128 ->
                tensor.segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 16L * i)
                        + "+i"
                        + tensor.segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 16L * i + 8);
            default -> {
                int bytes = tensor.dataType().bytes();
                yield switch (bytes) {
                    case 1 -> Byte.toString(tensor.segment().get(ValueLayout.JAVA_BYTE, i));
                    case 2 -> Short.toString(tensor.segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i));
                    case 4 -> Integer.toString(tensor.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i));
                    default -> Long.toString(tensor.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i));
                };
            }
        };
    }
}
