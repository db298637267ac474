package dev.nereid.server.torchserve.handler;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads single elements of tensors of any numeric datatype, and makes probabilities of them. */
final class TensorElements {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private TensorElements() {}

    /** An element of an integer or truth value; an unsigned one of 64 bits in the bits of a long. */
    static long integer(Tensor tensor, long index) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case INT8 -> segment.get(ValueLayout.JAVA_BYTE, index);
            case INT16 -> segment.get(SHORT, index * Short.BYTES);
            case UINT16 -> segment.get(SHORT, index * Short.BYTES) & 0xFFFF;
            case INT32 -> segment.get(INT, index * Integer.BYTES);
            case UINT32 -> Integer.toUnsignedLong(segment.get(INT, index * Integer.BYTES));
            case INT64, UINT64 -> segment.get(LONG, index * Long.BYTES);
            default -> segment.get(ValueLayout.JAVA_BYTE, index) & 0xFF;
        };
    }

    /** An element as a double. */
    static double real(Tensor tensor, long index) {
        MemorySegment segment = tensor.segment();
        return switch (tensor.dataType()) {
            case FP32 -> segment.get(FLOAT, index * Float.BYTES);
            case FP64 -> segment.get(DOUBLE, index * Double.BYTES);
            case FP16 -> Float.float16ToFloat(segment.get(SHORT, index * Short.BYTES));
            case BF16 -> Float.intBitsToFloat(segment.get(SHORT, index * Short.BYTES) << Short.SIZE);
            default -> integer(tensor, index);
        };
    }

    static void setReal(MemorySegment floats, long index, float value) {
        floats.set(FLOAT, index * Float.BYTES, value);
    }

    /** Writes an integer as an element of INT32 or INT64. */
    static void setInteger(MemorySegment target, DataType type, long index, long value) {
        if (type == DataType.INT32) {
            target.set(INT, index * Integer.BYTES, (int) value);
        } else {
            target.set(LONG, index * Long.BYTES, value);
        }
    }

    /**
     * Softmax of elements that are a stride apart. Sums are doubles, so a probability is the nearest float to the exact one or
     * the one beside it.
     *
     * @param probabilities as many as there are elements
     */
    static void softmax(Tensor tensor, long from, long stride, float[] probabilities) {
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < probabilities.length; i++) {
            most = Math.max(most, real(tensor, from + i * stride));
        }
        double sum = 0;
        for (int i = 0; i < probabilities.length; i++) {
            sum += Math.exp(real(tensor, from + i * stride) - most);
        }
        for (int i = 0; i < probabilities.length; i++) {
            probabilities[i] = (float) (Math.exp(real(tensor, from + i * stride) - most) / sum);
        }
    }
}
