package dev.nereid.models.operators.vision;

import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads the elements of a tensor of any real datatype, for loops that read them often: in place if they are FP32 or FP64,
 * else once converted to FP64.
 *
 * @param wide whether the segment holds FP64, not FP32
 */
record RealElements(MemorySegment segment, boolean wide) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    static RealElements of(StepRun run, Tensor tensor) {
        if (tensor.dataType() == DataType.FP32 || tensor.dataType() == DataType.FP64) {
            return new RealElements(tensor.segment(), tensor.dataType() == DataType.FP64);
        }
        long elements = tensor.shape().elements();
        MemorySegment converted = run.scratch(8 * elements);
        for (long i = 0; i < elements; i++) {
            converted.set(DOUBLE, 8 * i, ScalarElements.real(tensor, i));
        }
        return new RealElements(converted, true);
    }

    double at(long index) {
        return wide ? segment.get(DOUBLE, 8 * index) : segment.get(FLOAT, 4 * index);
    }

    /** Stores a number; integers are cut off towards zero and at the ends of their range. */
    static void set(Tensor tensor, long index, double value) {
        DataType type = tensor.dataType();
        if (type.isFloat()) {
            ScalarElements.setReal(tensor, index, value);
            return;
        }
        int bits = type == DataType.BOOL ? 1 : 8 * type.bytes();
        boolean signed = type.kind() == DataType.Kind.SIGNED;
        long low = signed ? -1L << (bits - 1) : 0;
        long high = bits == 64 ? Long.MAX_VALUE : (1L << (signed ? bits - 1 : bits)) - 1;
        ScalarElements.setInteger(tensor, index, Math.clamp((long) value, low, high));
    }
}
