package dev.nereid.server.protocol.json;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.HalfFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Copies runs of numbers into tensors, as elements of their datatype. */
final class NumberRunCopy {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE.withOrder(ByteOrder.LITTLE_ENDIAN);

    private NumberRunCopy() {}

    /** Whether a tensor can hold the numbers of a run as they were written. */
    static boolean fits(NumberRuns runs, int run, DataType type) {
        return switch (type.kind()) {
            case FLOAT -> true;
            case SIGNED -> runs.areIntegers(run);
            case UNSIGNED -> runs.areIntegers(run) && !hasNegative(runs, run);
            default -> false;
        };
    }

    private static boolean hasNegative(NumberRuns runs, int run) {
        long[] values = runs.values(run);
        long all = 0;
        int end = runs.offset(run) + runs.count(run);
        for (int i = runs.offset(run); i < end; i++) {
            all |= values[i];
        }
        return all < 0;
    }

    /**
     * Copies all numbers of a run that fits.
     *
     * @param first the element of the target that the first one becomes
     */
    static void copy(NumberRuns runs, int run, DataType type, MemorySegment target, long first) {
        long bytes = (long) runs.count(run) * type.bytes();
        MemorySegment elements = target.asSlice(first * type.bytes(), bytes);
        switch (type) {
            case FP32 -> floats(runs, run, elements);
            case FP64 -> doubles(runs, run, elements);
            case FP16 -> fp16(runs, run, elements);
            case BF16 -> bf16(runs, run, elements);
            default -> integers(runs, run, type.bytes(), elements);
        }
    }

    private static void floats(NumberRuns runs, int run, MemorySegment target) {
        long[] values = runs.values(run);
        int offset = runs.offset(run);
        int count = runs.count(run);
        // Rounded twice, first to a double, as Triton does.
        if (runs.areIntegers(run)) {
            for (int i = 0; i < count; i++) {
                target.set(FLOAT, (long) i * Float.BYTES, (float) (double) values[offset + i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                target.set(FLOAT, (long) i * Float.BYTES, (float) Double.longBitsToDouble(values[offset + i]));
            }
        }
    }

    private static void doubles(NumberRuns runs, int run, MemorySegment target) {
        if (!runs.areIntegers(run)) {
            MemorySegment.copy(runs.values(run), runs.offset(run), target, LONG, 0, runs.count(run));
            return;
        }
        for (int i = 0; i < runs.count(run); i++) {
            target.set(DOUBLE, (long) i * Double.BYTES, runs.real(run, i));
        }
    }

    private static void fp16(NumberRuns runs, int run, MemorySegment target) {
        for (int i = 0; i < runs.count(run); i++) {
            target.set(SHORT, (long) i * Short.BYTES, HalfFloats.fp16(runs.real(run, i)));
        }
    }

    private static void bf16(NumberRuns runs, int run, MemorySegment target) {
        for (int i = 0; i < runs.count(run); i++) {
            target.set(SHORT, (long) i * Short.BYTES, HalfFloats.bf16(runs.real(run, i)));
        }
    }

    private static void integers(NumberRuns runs, int run, int width, MemorySegment target) {
        long[] values = runs.values(run);
        int offset = runs.offset(run);
        int count = runs.count(run);
        switch (width) {
            case 1 -> {
                for (int i = 0; i < count; i++) {
                    target.set(ValueLayout.JAVA_BYTE, i, (byte) values[offset + i]);
                }
            }
            case 2 -> {
                for (int i = 0; i < count; i++) {
                    target.set(SHORT, (long) i * Short.BYTES, (short) values[offset + i]);
                }
            }
            case 4 -> {
                for (int i = 0; i < count; i++) {
                    target.set(INT, (long) i * Integer.BYTES, (int) values[offset + i]);
                }
            }
            default -> MemorySegment.copy(values, offset, target, LONG, 0, count);
        }
    }
}
