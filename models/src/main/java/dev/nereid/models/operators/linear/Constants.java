package dev.nereid.models.operators.linear;

import dev.nereid.models.lowering.Lowering;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Constants that a step keeps for itself. */
final class Constants {
    private Constants() {}

    /** The tensor in memory that lives as long as the plan. */
    static Tensor copy(Lowering lowering, Tensor tensor) {
        MemorySegment memory = lowering.constantMemory(tensor.byteSize());
        MemorySegment.copy(tensor.segment(), 0, memory, 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), memory);
    }
}
