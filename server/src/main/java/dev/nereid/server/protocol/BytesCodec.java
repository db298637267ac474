package dev.nereid.server.protocol;

import dev.nereid.tensor.Buffer;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The wire form of BYTES tensors in binary data: each element behind its length, an unsigned number of four bytes,
 * little-endian; elements in row-major order. Works on heap and native segments alike.
 */
public final class BytesCodec {
    /** Bytes of the length in front of each element. */
    public static final int PREFIX_BYTES = Integer.BYTES;

    private static final ValueLayout.OfInt PREFIX = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BytesCodec() {}

    /**
     * Decodes exactly {@code count} elements that fill {@code wire} to its end. Allocates nothing that the bytes at hand
     * do not cover.
     *
     * @return empty if the bytes are not {@code count} well-formed elements
     */
    public static Optional<byte[][]> decode(MemorySegment wire, long count) {
        return decode(wire, count, RequestBudget.unlimited().open());
    }

    /**
     * As the other method does.
     *
     * @param share what the request holds of the heap
     * @throws InferException if there is no memory for the elements
     */
    public static Optional<byte[][]> decode(MemorySegment wire, long count, RequestBudget.Share share) {
        long size = wire.byteSize();
        if (count < 0 || count > size / PREFIX_BYTES || count > Integer.MAX_VALUE - 8) {
            return Optional.empty();
        }
        if (!isWellFormed(wire, count)) {
            return Optional.empty();
        }
        share.take(count * HeapSizes.element(0) + size);
        byte[][] elements = new byte[(int) count][];
        long position = 0;
        for (int i = 0; i < elements.length; i++) {
            int length = wire.get(PREFIX, position);
            position += PREFIX_BYTES;
            byte[] element = new byte[length];
            MemorySegment.copy(wire, ValueLayout.JAVA_BYTE, position, element, 0, length);
            position += length;
            elements[i] = element;
            CooperativeYield.afterItem(i);
        }
        return Optional.of(elements);
    }

    /** Whether the bytes are {@code count} elements without a rest, each of a size that an array can have. */
    private static boolean isWellFormed(MemorySegment wire, long count) {
        long size = wire.byteSize();
        long position = 0;
        for (long i = 0; i < count; i++) {
            if (size - position < PREFIX_BYTES) {
                return false;
            }
            long length = Integer.toUnsignedLong(wire.get(PREFIX, position));
            position += PREFIX_BYTES;
            if (length > size - position || length > Integer.MAX_VALUE - 8) {
                return false;
            }
            position += length;
        }
        return position == size;
    }

    /** Bytes of a tensor of any type as binary data. */
    public static long binarySize(Tensor tensor) {
        return switch (tensor.buffer()) {
            case Buffer.Host _ -> tensor.byteSize();
            case Buffer.Strings strings ->
                encodedSize(strings.elements(), tensor.shape().elements());
        };
    }

    /** Bytes that the first {@code count} elements take on the wire. */
    public static long encodedSize(byte[][] elements, long count) {
        long size = count * PREFIX_BYTES;
        for (int i = 0; i < count; i++) {
            size += elements[i].length;
        }
        return size;
    }

    /**
     * Writes the first {@code count} elements to {@code wire} from {@code offset} on.
     *
     * @return the offset behind the last byte written
     */
    public static long encode(byte[][] elements, long count, MemorySegment wire, long offset) {
        long position = offset;
        for (int i = 0; i < count; i++) {
            byte[] element = elements[i];
            wire.set(PREFIX, position, element.length);
            position += PREFIX_BYTES;
            MemorySegment.copy(element, 0, wire, ValueLayout.JAVA_BYTE, position, element.length);
            position += element.length;
        }
        return position;
    }
}
