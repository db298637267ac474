package dev.nereid.server.model;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Copies tensors to and from arrays, in row-major order. For larger ones read and write {@link Tensor#segment} where it lies:
 * elements are little-endian, one behind the other.
 */
public final class Tensors {
    private static final Set<DataType> INTS = EnumSet.of(DataType.INT32, DataType.UINT32);
    private static final Set<DataType> LONGS = EnumSet.of(DataType.INT64, DataType.UINT64);
    private static final Set<DataType> FLOATS = EnumSet.of(DataType.FP32);
    private static final Set<DataType> DOUBLES = EnumSet.of(DataType.FP64);
    private static final Set<DataType> BYTES = EnumSet.of(DataType.BOOL, DataType.INT8, DataType.UINT8);

    private Tensors() {}

    /** The elements of an INT32 tensor; of a UINT32 one as they are in memory. */
    public static int[] ints(Tensor tensor) {
        return elements(tensor, INTS).toArray(ValueLayout.JAVA_INT);
    }

    /** The elements of an INT64 tensor; of a UINT64 one as they are in memory. */
    public static long[] longs(Tensor tensor) {
        return elements(tensor, LONGS).toArray(ValueLayout.JAVA_LONG);
    }

    /** The elements of an FP32 tensor. */
    public static float[] floats(Tensor tensor) {
        return elements(tensor, FLOATS).toArray(ValueLayout.JAVA_FLOAT);
    }

    /** The elements of an FP64 tensor. */
    public static double[] doubles(Tensor tensor) {
        return elements(tensor, DOUBLES).toArray(ValueLayout.JAVA_DOUBLE);
    }

    /** The elements of an INT8, UINT8 or BOOL tensor as they are in memory. */
    public static byte[] bytes(Tensor tensor) {
        return elements(tensor, BYTES).toArray(ValueLayout.JAVA_BYTE);
    }

    /** The elements of a STRING tensor, read as UTF-8. */
    public static List<String> strings(Tensor tensor) {
        require(tensor, EnumSet.of(DataType.STRING));
        int count = Math.toIntExact(tensor.shape().elements());
        List<String> strings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            strings.add(new String(tensor.strings()[i], StandardCharsets.UTF_8));
        }
        return strings;
    }

    /**
     * Fills an INT32 or UINT32 tensor.
     *
     * @param values as many as it has elements
     * @return the tensor
     */
    public static Tensor fill(Tensor tensor, int[] values) {
        return filled(tensor, INTS, MemorySegment.ofArray(values), values.length);
    }

    /**
     * Fills an INT64 or UINT64 tensor.
     *
     * @param values as many as it has elements
     * @return the tensor
     */
    public static Tensor fill(Tensor tensor, long[] values) {
        return filled(tensor, LONGS, MemorySegment.ofArray(values), values.length);
    }

    /**
     * Fills an FP32 tensor.
     *
     * @param values as many as it has elements
     * @return the tensor
     */
    public static Tensor fill(Tensor tensor, float[] values) {
        return filled(tensor, FLOATS, MemorySegment.ofArray(values), values.length);
    }

    /**
     * Fills an FP64 tensor.
     *
     * @param values as many as it has elements
     * @return the tensor
     */
    public static Tensor fill(Tensor tensor, double[] values) {
        return filled(tensor, DOUBLES, MemorySegment.ofArray(values), values.length);
    }

    /**
     * Fills an INT8, UINT8 or BOOL tensor.
     *
     * @param values as many as it has elements
     * @return the tensor
     */
    public static Tensor fill(Tensor tensor, byte[] values) {
        return filled(tensor, BYTES, MemorySegment.ofArray(values), values.length);
    }

    /** A STRING tensor of texts in UTF-8. */
    public static Tensor ofStrings(Shape shape, List<String> texts) {
        if (texts.size() != shape.elements()) {
            throw new IllegalArgumentException(
                    "a tensor of shape " + shape + ": expected " + shape.elements() + " strings, got " + texts.size());
        }
        return Tensor.ofStrings(
                shape,
                texts.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new));
    }

    private static MemorySegment elements(Tensor tensor, Set<DataType> types) {
        require(tensor, types);
        return tensor.segment().asSlice(0, tensor.byteSize());
    }

    private static Tensor filled(Tensor tensor, Set<DataType> types, MemorySegment values, int count) {
        require(tensor, types);
        if (count != tensor.shape().elements()) {
            throw new IllegalArgumentException("a tensor of shape " + tensor.shape() + ": expected "
                    + tensor.shape().elements() + " values, got " + count);
        }
        MemorySegment.copy(values, 0, tensor.segment(), 0, values.byteSize());
        return tensor;
    }

    private static void require(Tensor tensor, Set<DataType> types) {
        if (!types.contains(tensor.dataType())) {
            throw new IllegalArgumentException("expected a tensor of "
                    + types.stream().map(DataType::protocolName).toList() + ", got "
                    + tensor.dataType().protocolName() + tensor.shape());
        }
    }
}
