package dev.nereid.models.tensorflow.graph;

import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The elements of a tensor of numbers whose message has them in the list for its type. A list that is shorter than the tensor
 * stands for one whose last value is repeated.
 */
public final class TensorValues {
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE);

    private TensorValues() {}

    /** The values in the list for a type. */
    public static int count(TensorProto proto, DataType type) {
        return switch (type) {
            case FP32 -> proto.getFloatValCount();
            case FP64 -> proto.getDoubleValCount();
            case INT8, INT16, INT32, UINT8, UINT16 -> proto.getIntValCount();
            case INT64 -> proto.getInt64ValCount();
            case UINT32 -> proto.getUint32ValCount();
            case UINT64 -> proto.getUint64ValCount();
            case BOOL -> proto.getBoolValCount();
            case FP16, BF16 -> proto.getHalfValCount();
            default -> 0;
        };
    }

    /** Copies the first values of the list for a type. */
    public static void copy(TensorProto proto, DataType type, int count, MemorySegment target) {
        switch (type) {
            case FP32 -> {
                for (int i = 0; i < count; i++) {
                    target.set(FLOAT, (long) i * Float.BYTES, proto.getFloatVal(i));
                }
            }
            case FP64 -> {
                for (int i = 0; i < count; i++) {
                    target.set(DOUBLE, (long) i * Double.BYTES, proto.getDoubleVal(i));
                }
            }
            case INT64 -> {
                for (int i = 0; i < count; i++) {
                    target.set(LONG, (long) i * Long.BYTES, proto.getInt64Val(i));
                }
            }
            case UINT64 -> {
                for (int i = 0; i < count; i++) {
                    target.set(LONG, (long) i * Long.BYTES, proto.getUint64Val(i));
                }
            }
            case INT32 -> {
                for (int i = 0; i < count; i++) {
                    target.set(INT, (long) i * Integer.BYTES, proto.getIntVal(i));
                }
            }
            case UINT32 -> {
                for (int i = 0; i < count; i++) {
                    target.set(INT, (long) i * Integer.BYTES, proto.getUint32Val(i));
                }
            }
            case INT16, UINT16 -> {
                for (int i = 0; i < count; i++) {
                    target.set(SHORT, (long) i * Short.BYTES, (short) proto.getIntVal(i));
                }
            }
            case FP16, BF16 -> {
                for (int i = 0; i < count; i++) {
                    target.set(SHORT, (long) i * Short.BYTES, (short) proto.getHalfVal(i));
                }
            }
            case INT8, UINT8 -> {
                for (int i = 0; i < count; i++) {
                    target.set(ValueLayout.JAVA_BYTE, i, (byte) proto.getIntVal(i));
                }
            }
            case BOOL -> {
                for (int i = 0; i < count; i++) {
                    target.set(ValueLayout.JAVA_BYTE, i, (byte) (proto.getBoolVal(i) ? 1 : 0));
                }
            }
            default -> throw new IllegalStateException("no list for " + type);
        }
    }

    /** Fills what the list did not: with its last value, or with zeros where it is empty. */
    public static void repeatLast(MemorySegment target, int given, long elements, int bytes) {
        if (given == elements) {
            return;
        }
        MemorySegment rest = target.asSlice((long) given * bytes, (elements - given) * bytes);
        if (given == 0) {
            rest.fill((byte) 0);
            return;
        }
        MemorySegment last = target.asSlice((long) (given - 1) * bytes, bytes);
        // Doubles what is filled with each copy.
        MemorySegment.copy(last, 0, rest, 0, bytes);
        for (long filled = bytes; filled < rest.byteSize(); filled *= 2) {
            MemorySegment.copy(rest, 0, rest, filled, Math.min(filled, rest.byteSize() - filled));
        }
    }
}
