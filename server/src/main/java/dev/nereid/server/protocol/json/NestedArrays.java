package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Tensors as JSON gives them where nothing else says their shape: arrays in arrays, a dim a level. A value that is no array is a
 * tensor without dims.
 */
public final class NestedArrays {
    /** Elements in so many arrays are refused. */
    private static final int MOST_DIMS = JsonTensor.MOST_DIMS;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private NestedArrays() {}

    /**
     * The shape that the first elements have; that of the others is not looked at.
     *
     * @throws InferException if there are too many arrays in each other
     */
    public static long[] shape(JsonValue value) {
        long[] dims = new long[4];
        int rank = 0;
        JsonValue at = value;
        while (at.isArray()) {
            if (rank == MOST_DIMS) {
                throw InferException.invalid("JSON nesting depth exceeds maximum allowed limit (" + MOST_DIMS + ")");
            }
            dims = rank == dims.length ? Arrays.copyOf(dims, 2 * rank) : dims;
            JsonValue.Elements elements = at.elements();
            if (!elements.next()) {
                dims[rank++] = 0;
                break;
            }
            at = elements.value();
            long count = 1;
            while (elements.next()) {
                count++;
            }
            dims[rank++] = count;
        }
        return Arrays.copyOf(dims, rank);
    }

    /** Bytes that {@link #read} needs for an element. */
    public static int room(DataType type) {
        return isNarrow(type) ? Long.BYTES : type.bytes();
    }

    private static boolean isNarrow(DataType type) {
        return switch (type) {
            case INT8, UINT8, INT16, UINT16, INT32, UINT32 -> true;
            default -> false;
        };
    }

    /**
     * Reads the elements of arrays whose {@linkplain JsonTensor#shape shape} is known. INT8 to INT32 and UINT8 take integers of 32 bits, of which
     * their lower bits are kept.
     *
     * @param count how many there are
     * @param target {@link #room} for each of them; those of the type lie at its beginning afterwards
     * @return whether all are of that type; if not, the content of the target is undefined
     */
    public static boolean read(JsonValue value, DataType type, long count, MemorySegment target) {
        if (count == 0) {
            return true;
        }
        JsonValue array = value.isArray() ? value : value.inArray();
        boolean unsigned = type == DataType.UINT16 || type == DataType.UINT32;
        try {
            if (!isNarrow(type)) {
                JsonTensorData.read(array, type, count, target);
                return true;
            }
            JsonTensorData.read(array, unsigned ? DataType.UINT64 : DataType.INT64, count, target);
        } catch (InferException e) {
            if (e.code() == InferException.Code.MALFORMED) {
                return false;
            }
            throw e;
        }
        return unsigned
                ? narrow(target, count, type.bytes(), 0, (1L << (Byte.SIZE * type.bytes())) - 1)
                : narrow(target, count, type.bytes(), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /** Keeps the lower bytes of integers of 64 bits, from the first on; returns whether all lie in a range. */
    private static boolean narrow(MemorySegment values, long count, int bytes, long least, long greatest) {
        boolean fits = true;
        for (long i = 0; i < count; i++) {
            long each = values.get(LONG, i * Long.BYTES);
            fits &= each >= least && each <= greatest;
            switch (bytes) {
                case 1 -> values.set(ValueLayout.JAVA_BYTE, i, (byte) each);
                case 2 -> values.set(SHORT, i * Short.BYTES, (short) each);
                default -> values.set(INT, i * Integer.BYTES, (int) each);
            }
        }
        return fits;
    }
}
