package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantization;

class FloatDepthwiseTest extends Int8ConvolutionKernelTest {
    @Override
    protected Int8ConvolutionKernels kernels() {
        QuantizationKernels quantization = new VectorQuantization(new ScalarQuantization());
        return new DepthwiseDispatch(
                new FloatDepthwise(quantization), new Int8Im2colConvolution(new VectorInt8Product(), quantization));
    }
}
