package dev.nereid.kernels.quantized;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The filters of a convolution, laid out for the kernels that made them and for no others.
 *
 * @param memory as many bytes as {@link Int8ConvolutionKernels#filterBytes} says; owned by whoever allocated it
 * @param signed whether the elements were int8; else uint8
 */
public record Int8Filters(MemorySegment memory, boolean signed, FilterShape shape) {
    public Int8Filters {
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(shape, "shape");
    }
}
