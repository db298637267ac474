package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantization;

class Int8Im2colConvolutionTest extends Int8ConvolutionKernelTest {
    @Override
    protected Int8ConvolutionKernels kernels() {
        return new Int8Im2colConvolution(new VectorInt8Product(), new VectorQuantization(new ScalarQuantization()));
    }
}
