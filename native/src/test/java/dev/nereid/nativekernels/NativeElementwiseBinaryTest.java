package dev.nereid.nativekernels;

import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.FloatBinaryTest;
import dev.nereid.kernels.elementwise.VectorElementwise;
import dev.nereid.kernels.scalar.ScalarElementwise;

/** Functions of two floats, of which some are computed in C, beside their oracles. */
class NativeElementwiseBinaryTest extends FloatBinaryTest {
    @Override
    protected ElementwiseKernels kernels() {
        NativeLibrary library = TestedLibrary.of("functions of two floats in C", "AVX2 with FMA", CpuFeatures::avx2);
        return new ElementwiseBinaryCalls(library, new VectorElementwise(new ScalarElementwise()));
    }
}
