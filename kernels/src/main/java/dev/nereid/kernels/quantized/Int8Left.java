package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The left operand of integer products, [m, k], laid out for the kernels that made it and for no others.
 *
 * @param memory as many bytes as {@link Int8ProductKernels#leftBytes} says; owned by whoever allocated it
 * @param signed whether the elements were int8; else uint8
 */
public record Int8Left(MemorySegment memory, boolean signed, int m, int k) {
    public Int8Left {
        Objects.requireNonNull(memory, "memory");
    }
}
