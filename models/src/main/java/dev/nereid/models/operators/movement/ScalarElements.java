package dev.nereid.models.operators.movement;

import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads and writes single elements of any arithmetic datatype, for operators that read few of them. */
public final class ScalarElements {
    private ScalarElements() {}

    /** An element of FP16, BF16, FP32, FP64, or an integer type, as a double. */
    public static double real(Tensor tensor, long i) {
        return switch (tensor.dataType()) {
            case FP16, BF16, FP32, FP64 -> RealNumbers.at(tensor, i);
            default -> integer(tensor, i);
        };
    }

    public static void setReal(Tensor tensor, long i, double value) {
        switch (tensor.dataType()) {
            case FP16, BF16, FP32, FP64 -> RealNumbers.set(tensor, i, value);
            default -> setInteger(tensor, i, (long) value);
        }
    }

    /** An element of an integer type or BOOL, zero-extended where unsigned. */
    public static long integer(Tensor tensor, long i) {
        MemorySegment segment = tensor.segment();
        boolean signed = tensor.dataType().kind() == DataType.Kind.SIGNED;
        switch (tensor.dataType()) {
            case FP16, BF16, FP32, FP64, STRING, COMPLEX64, COMPLEX128 ->
                throw new IllegalArgumentException(tensor.dataType() + " is not an integer type");
            default -> {}
        }
        return switch (tensor.dataType().bytes()) {
            case 1 -> {
                byte value = segment.get(ValueLayout.JAVA_BYTE, i);
                yield signed ? value : value & 0xFF;
            }
            case 2 -> {
                short value = segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i);
                yield signed ? value : value & 0xFFFF;
            }
            case 4 -> {
                int value = segment.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * i);
                yield signed ? value : value & 0xFFFF_FFFFL;
            }
            default -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
        };
    }

    public static void setInteger(Tensor tensor, long i, long value) {
        MemorySegment segment = tensor.segment();
        switch (tensor.dataType().bytes()) {
            case 1 -> segment.set(ValueLayout.JAVA_BYTE, i, (byte) value);
            case 2 -> segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i, (short) value);
            case 4 -> segment.set(ValueLayout.JAVA_INT_UNALIGNED, 4 * i, (int) value);
            default -> segment.set(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i, value);
        }
    }

    /** Orders two elements of one tensor; NaN is the greatest, unsigned types as such. */
    static int compare(Tensor tensor, long i, long j) {
        if (tensor.dataType().isFloat()) {
            return Double.compare(real(tensor, i), real(tensor, j));
        }
        long left = integer(tensor, i);
        long right = integer(tensor, j);
        return tensor.dataType() == DataType.UINT64 ? Long.compareUnsigned(left, right) : Long.compare(left, right);
    }
}
