package dev.nereid.nativekernels;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.FloatUnaryTest;
import dev.nereid.kernels.elementwise.VectorElementwise;
import dev.nereid.kernels.scalar.ScalarElementwise;

/** Functions of floats, of which some are computed in C, beside their oracles. */
class NativeFunctionsTest extends FloatUnaryTest {
    @Override
    protected ElementwiseKernels kernels() {
        NativeLibrary library = TestedLibrary.of("functions of floats in C", "AVX2 with FMA", CpuFeatures::avx2);
        return new FunctionCalls(library, new VectorElementwise(new ScalarElementwise()));
    }
}
