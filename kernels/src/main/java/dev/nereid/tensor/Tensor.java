package dev.nereid.tensor;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * A datatype, a shape and the memory with the elements. The tensor does not own its memory.
 *
 * @param buffer holds at least {@code shape.elements()} elements of {@code dataType}
 */
public record Tensor(DataType dataType, Shape shape, Buffer buffer) {
    public Tensor {
        Objects.requireNonNull(dataType, "dataType");
        Objects.requireNonNull(shape, "shape");
        switch (Objects.requireNonNull(buffer, "buffer")) {
            case Buffer.Host host -> {
                if (dataType == DataType.STRING
                        || shape.elements() > host.segment().byteSize() / dataType.bytes()) {
                    throw new IllegalArgumentException("tensor " + dataType + shape + " does not fit a segment of "
                            + host.segment().byteSize() + " bytes");
                }
            }
            case Buffer.Strings strings -> {
                if (dataType != DataType.STRING || strings.elements().length < shape.elements()) {
                    throw new IllegalArgumentException(
                            "tensor " + dataType + shape + " does not fit " + strings.elements().length + " strings");
                }
            }
        }
    }

    /** A tensor over native memory. */
    public static Tensor of(DataType dataType, Shape shape, MemorySegment segment) {
        return new Tensor(dataType, shape, new Buffer.Host(segment));
    }

    /** A tensor of strings; {@code elements} is not copied. */
    public static Tensor ofStrings(Shape shape, byte[][] elements) {
        return new Tensor(DataType.STRING, shape, new Buffer.Strings(elements));
    }

    /** The native memory; only for datatypes of a fixed size. */
    public MemorySegment segment() {
        return switch (buffer) {
            case Buffer.Host host -> host.segment();
            case Buffer.Strings _ -> throw new IllegalStateException("a STRING tensor has no native memory");
        };
    }

    /** The elements of a {@code STRING} tensor. */
    public byte[][] strings() {
        return switch (buffer) {
            case Buffer.Host _ -> throw new IllegalStateException("a " + dataType + " tensor has no strings");
            case Buffer.Strings strings -> strings.elements();
        };
    }

    /** Bytes of the elements; the sum of the lengths for {@code STRING}. */
    public long byteSize() {
        return switch (buffer) {
            case Buffer.Host _ -> shape.elements() * dataType.bytes();
            case Buffer.Strings strings -> {
                long bytes = 0;
                for (byte[] element : strings.elements()) {
                    bytes += element.length;
                }
                yield bytes;
            }
        };
    }

    /**
     * The same elements under another shape.
     *
     * @throws IllegalArgumentException if that is not one of as many elements
     */
    public Tensor withShape(Shape newShape) {
        if (newShape.elements() != shape.elements()) {
            throw new IllegalArgumentException("a tensor of shape " + shape + " has no view of shape " + newShape);
        }
        return new Tensor(dataType, newShape, buffer);
    }
}
