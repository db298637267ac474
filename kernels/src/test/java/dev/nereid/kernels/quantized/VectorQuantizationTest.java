package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantization;

class VectorQuantizationTest extends QuantizationKernelTest {
    @Override
    protected QuantizationKernels kernels() {
        return new VectorQuantization(new ScalarQuantization());
    }
}
