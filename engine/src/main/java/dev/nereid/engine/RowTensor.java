package dev.nereid.engine;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What one row has for an input, or got from an output: on the heap, so that it needs no closing. */
public final class RowTensor {
    private static final byte[] NO_BYTES = new byte[0];
    private static final byte[][] NO_STRINGS = new byte[0][];

    private final DataType dataType;
    private final Shape shape;
    private final byte[] bytes;
    private final byte[][] strings;

    private RowTensor(DataType dataType, Shape shape, byte[] bytes, byte[][] strings) {
        this.dataType = Objects.requireNonNull(dataType, "dataType");
        this.shape = Objects.requireNonNull(shape, "shape");
        this.bytes = bytes;
        this.strings = strings;
    }

    /**
     * Elements of a fixed size.
     *
     * @param bytes row-major and little-endian; not copied
     * @throws EngineException if that is not as many as the shape takes
     */
    public static RowTensor of(DataType dataType, Shape shape, byte[] bytes) {
        if (dataType == DataType.STRING || bytes.length != shape.elements() * dataType.bytes()) {
            throw EngineException.invalid(
                    dataType.protocolName() + shape + " does not take " + bytes.length + " bytes");
        }
        return new RowTensor(dataType, shape, bytes, NO_STRINGS);
    }

    public static RowTensor ofFloats(Shape shape, float... values) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        littleEndian(bytes).asFloatBuffer().put(values);
        return of(DataType.FP32, shape, bytes);
    }

    public static RowTensor ofLongs(Shape shape, long... values) {
        byte[] bytes = new byte[values.length * Long.BYTES];
        littleEndian(bytes).asLongBuffer().put(values);
        return of(DataType.INT64, shape, bytes);
    }

    /**
     * Strings.
     *
     * @param strings usually UTF-8; not copied
     * @throws EngineException if that is not as many as the shape takes
     */
    public static RowTensor ofStrings(Shape shape, byte[][] strings) {
        if (strings.length != shape.elements()) {
            throw EngineException.invalid("BYTES" + shape + " does not take " + strings.length + " strings");
        }
        return new RowTensor(DataType.STRING, shape, NO_BYTES, strings);
    }

    public DataType dataType() {
        return dataType;
    }

    public Shape shape() {
        return shape;
    }

    /** The elements, little-endian; empty for strings. A view of its own at each call. */
    public ByteBuffer buffer() {
        return littleEndian(bytes);
    }

    /** The elements of strings. */
    public byte[][] strings() {
        return strings;
    }

    /** The elements of FP32. */
    public float[] floats() {
        require(DataType.FP32);
        float[] values = new float[bytes.length / Float.BYTES];
        buffer().asFloatBuffer().get(values);
        return values;
    }

    /** The elements of INT64. */
    public long[] longs() {
        require(DataType.INT64);
        long[] values = new long[bytes.length / Long.BYTES];
        buffer().asLongBuffer().get(values);
        return values;
    }

    private void require(DataType type) {
        if (dataType != type) {
            throw EngineException.invalid("the tensor is " + dataType.protocolName() + ", not " + type.protocolName());
        }
    }

    byte[] bytes() {
        return bytes;
    }

    RowTensor withShape(Shape other) {
        return new RowTensor(dataType, other, bytes, strings);
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public String toString() {
        return dataType == DataType.STRING
                ? shape + " "
                        + java.util.Arrays.stream(strings)
                                .map(s -> new String(s, StandardCharsets.UTF_8))
                                .toList()
                : dataType.protocolName() + shape;
    }
}
