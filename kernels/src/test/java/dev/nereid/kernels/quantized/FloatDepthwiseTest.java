package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantization;

class FloatDepthwiseTest extends Int8ConvolutionKernelTest {
    @Override
    protected Int8ConvolutionKernels kernels() {
        QuantizationKernels quantization = new VectorQuantization(new ScalarQuantization());
        return new ConvolutionsByShape(
                new FloatDepthwise(quantization), new PatchConvolution(new VectorInt8Product(), quantization));
    }
}
