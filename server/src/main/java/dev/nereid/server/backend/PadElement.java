package dev.nereid.server.backend;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One element that texts are padded with. Immutable. */
public final class PadElement {
    private static final Map<String, Long> TRUTH = Map.of("true", 1L, "false", 0L, "1", 1L, "0", 0L);
    /** The upper half of a float is its BF16. */
    private static final int BF16_SHIFT = Short.SIZE;

    private final byte[] bytes;

    private PadElement(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The element that a text of a config says; empty where it is none of the datatype. */
    public static Optional<PadElement> of(DataType type, String text) {
        try {
            return switch (type) {
                case STRING -> Optional.of(new PadElement(text.getBytes(StandardCharsets.UTF_8)));
                case BOOL ->
                    Optional.ofNullable(TRUTH.get(text.toLowerCase(Locale.ROOT)))
                            .map(value -> integer(value, 1));
                case FP64 -> Optional.of(integer(Double.doubleToRawLongBits(Double.parseDouble(text)), Double.BYTES));
                case FP32 -> Optional.of(integer(Float.floatToRawIntBits(Float.parseFloat(text)), Float.BYTES));
                case FP16 -> Optional.of(integer(Float.floatToFloat16(Float.parseFloat(text)), Short.BYTES));
                case BF16 ->
                    Optional.of(integer(Float.floatToRawIntBits(Float.parseFloat(text)) >>> BF16_SHIFT, Short.BYTES));
                case UINT64 -> Optional.of(integer(Long.parseUnsignedLong(text), Long.BYTES));
                case UINT8, UINT16, UINT32 -> {
                    long value = Long.parseLong(text);
                    yield value >>> (type.bytes() * Byte.SIZE) == 0
                            ? Optional.of(integer(value, type.bytes()))
                            : Optional.empty();
                }
                case INT8, INT16, INT32, INT64 -> {
                    long value = Long.parseLong(text);
                    int unused = Long.SIZE - type.bytes() * Byte.SIZE;
                    yield value << unused >> unused == value
                            ? Optional.of(integer(value, type.bytes()))
                            : Optional.empty();
                }
                default -> Optional.empty();
            };
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static PadElement integer(long bits, int size) {
        ByteBuffer all =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(bits);
        return new PadElement(Arrays.copyOf(all.array(), size));
    }

    /** Makes every element of a tensor this one. */
    public void fill(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            Arrays.fill(tensor.strings(), bytes);
            return;
        }
        MemorySegment all = tensor.segment().asSlice(0, tensor.byteSize());
        MemorySegment element = MemorySegment.ofArray(bytes);
        // Each copy doubles what is filled.
        for (long filled = 0; filled < all.byteSize(); ) {
            long count = Math.min(filled == 0 ? bytes.length : filled, all.byteSize() - filled);
            MemorySegment.copy(filled == 0 ? element : all, 0, all, filled, count);
            filled += count;
        }
    }
}
