package dev.nereid.kernels.quantized;

import dev.nereid.kernels.scalar.ScalarQuantized;

class VectorQuantizedTest extends QuantizedKernelTest {
    @Override
    protected QuantizedKernels kernels() {
        return new VectorQuantized(new ScalarQuantized());
    }
}
