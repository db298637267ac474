package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantization;

class PatchConvolutionTest extends Int8ConvolutionKernelTest {
    @Override
    protected Int8ConvolutionKernels kernels() {
        return new PatchConvolution(new VectorInt8Product(), new VectorQuantization(new ScalarQuantization()));
    }
}
