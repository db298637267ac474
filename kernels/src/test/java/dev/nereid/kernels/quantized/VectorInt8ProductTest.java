package dev.nereid.kernels.quantized;

class VectorInt8ProductTest extends Int8ProductKernelTest {
    @Override
    protected Int8ProductKernels kernels() {
        return new VectorInt8Product();
    }
}
