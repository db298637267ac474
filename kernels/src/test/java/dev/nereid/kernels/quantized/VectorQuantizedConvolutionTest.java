package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantized;

class VectorQuantizedConvolutionTest extends QuantizedConvolutionTest {
    @Override
    protected QuantizedKernels kernels() {
        return new VectorQuantized(new ScalarQuantized());
    }
}
