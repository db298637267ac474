package dev.nereid.models.operators.ml;

import dev.nereid.models.lowering.Lowering;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Lists of floats in attributes, in memory that kernels read. */
final class ConstantFloats {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private ConstantFloats() {}

    /** The numbers, dense, in memory that lives as long as the plan. */
    static MemorySegment of(Lowering lowering, List<Float> numbers) {
        MemorySegment memory = lowering.constantMemory(4L * numbers.size());
        write(numbers, memory);
        return memory;
    }

    static void write(List<Float> numbers, MemorySegment memory) {
        long at = 0;
        for (float number : numbers) {
            memory.set(FLOAT, at, number);
            at += Float.BYTES;
        }
    }
}
