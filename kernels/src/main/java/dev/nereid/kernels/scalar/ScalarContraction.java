package dev.nereid.kernels.scalar;

import dev.nereid.kernels.matmul.Contraction;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Sums of products over labelled axes as the definition says: floats as doubles, integers as longs. */
final class ScalarContraction {
    private ScalarContraction() {}

    static void contract(DataType type, Contraction contraction, List<MemorySegment> inputs, MemorySegment y) {
        int[] extents = contraction.extents();
        int[] at = new int[extents.length];
        int terms = contraction.terms();
        for (int output = 0; output < contraction.outputs(); output++) {
            double sum = 0;
            long integers = 0;
            for (int term = 0; term < terms; term++) {
                if (type.isFloat()) {
                    double product = 1;
                    for (int i = 0; i < inputs.size(); i++) {
                        product *= FloatElements.get(
                                type, inputs.get(i), index(contraction.strides()[i], at));
                    }
                    sum += product;
                } else {
                    long product = 1;
                    for (int i = 0; i < inputs.size(); i++) {
                        product *=
                                integer(type, inputs.get(i), index(contraction.strides()[i], at));
                    }
                    integers += product;
                }
                MultiIndex.next(at, extents);
            }
            if (type.isFloat()) {
                FloatElements.set(type, y, output, sum);
            } else {
                set(type, y, output, integers);
            }
        }
    }

    private static long index(long[] strides, int[] at) {
        long index = 0;
        for (int label = 0; label < at.length; label++) {
            index += at[label] * strides[label];
        }
        return index;
    }

    private static long integer(DataType type, MemorySegment segment, long index) {
        return switch (type.bytes()) {
            case 1 -> segment.get(ValueLayout.JAVA_BYTE, index);
            case 2 -> segment.get(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2);
            case 4 -> segment.get(ValueLayout.JAVA_INT_UNALIGNED, index * 4);
            default -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, index * 8);
        };
    }

    private static void set(DataType type, MemorySegment segment, long index, long value) {
        switch (type.bytes()) {
            case 1 -> segment.set(ValueLayout.JAVA_BYTE, index, (byte) value);
            case 2 -> segment.set(ValueLayout.JAVA_SHORT_UNALIGNED, index * 2, (short) value);
            case 4 -> segment.set(ValueLayout.JAVA_INT_UNALIGNED, index * 4, (int) value);
            default -> segment.set(ValueLayout.JAVA_LONG_UNALIGNED, index * 8, value);
        }
    }
}
