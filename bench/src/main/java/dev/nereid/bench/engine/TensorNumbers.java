package dev.nereid.bench.engine;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Reads the elements of a tensor as numbers, whatever their datatype. */
final class TensorNumbers {
    private TensorNumbers() {}

    /** The elements of one of our tensors; none of a datatype that is no number. */
    static double[] of(Tensor tensor) {
        return isNumber(tensor.dataType())
                ? of(
                        tensor.dataType(),
                        Math.toIntExact(tensor.shape().elements()),
                        tensor.segment().asByteBuffer())
                : new double[0];
    }

    /** The first {@code count} elements of a buffer; none of a datatype that is no number. */
    static double[] of(DataType type, int count, ByteBuffer buffer) {
        if (!isNumber(type)) {
            return new double[0];
        }
        ByteBuffer elements = buffer.duplicate().order(ByteOrder.nativeOrder());
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = read(type, elements, i * type.bytes());
        }
        return numbers;
    }

    private static boolean isNumber(DataType type) {
        return switch (type) {
            case FP32, FP64, FP16, INT64, UINT64, INT32, UINT32, INT16, UINT16, INT8, UINT8, BOOL -> true;
            default -> false;
        };
    }

    private static double read(DataType type, ByteBuffer elements, int at) {
        return switch (type) {
            case FP32 -> elements.getFloat(at);
            case FP64 -> elements.getDouble(at);
            case FP16 -> Float.float16ToFloat(elements.getShort(at));
            case INT64, UINT64 -> elements.getLong(at);
            case INT32 -> elements.getInt(at);
            case UINT32 -> Integer.toUnsignedLong(elements.getInt(at));
            case INT16 -> elements.getShort(at);
            case UINT16 -> Short.toUnsignedInt(elements.getShort(at));
            case INT8 -> elements.get(at);
            case UINT8, BOOL -> Byte.toUnsignedInt(elements.get(at));
            default -> throw new IllegalArgumentException("no numbers in a tensor of " + type);
        };
    }
}
