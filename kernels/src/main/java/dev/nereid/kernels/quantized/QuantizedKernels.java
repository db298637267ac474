package dev.nereid.kernels.quantized;

import java.util.Objects;

/**
 * The kernels of the quantized family, by subject. A layer replaces those it has better ones for and takes the others
 * from the layer below: they may be mixed, for all implementations give the same bits. Immutable; for any number of
 * threads.
 */
public record QuantizedKernels(
        Int8ProductKernels products,
        QuantizationKernels quantization,
        Int8ConvolutionKernels convolutions,
        ByteArithmeticKernels arithmetic) {
    public QuantizedKernels {
        Objects.requireNonNull(products, "products");
        Objects.requireNonNull(quantization, "quantization");
        Objects.requireNonNull(convolutions, "convolutions");
        Objects.requireNonNull(arithmetic, "arithmetic");
    }

    /** With convolutions that keep {@linkplain Int8ConvolutionKernels#withSmallFilters() filters small}. */
    public QuantizedKernels withSmallFilters() {
        return new QuantizedKernels(products, quantization, convolutions.withSmallFilters(), arithmetic);
    }
}
