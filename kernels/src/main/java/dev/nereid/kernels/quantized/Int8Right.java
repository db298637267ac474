package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The right operand of integer products, [k, n], packed for the kernels that made it and for no others.
 *
 * @param memory as many bytes as {@link Int8ProductKernels#rightBytes} says; owned by whoever allocated it
 * @param signed whether the elements were int8; else uint8
 */
public record Int8Right(MemorySegment memory, boolean signed, int k, int n) {
    public Int8Right {
        Objects.requireNonNull(memory, "memory");
    }
}
