package dev.nereid.nativekernels;

import dev.nereid.kernels.reduce.FloatReduceTest;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.reduce.VectorReduce;
import dev.nereid.kernels.scalar.ScalarReduce;

/** Kernels that put numbers together, of which softmax is computed in C. */
class NativeReduceTest extends FloatReduceTest {
    @Override
    protected ReduceKernels kernels() {
        NativeLibrary library = TestedLibrary.of("softmax in C", "AVX512", CpuFeatures::avx512);
        return new SoftmaxCalls(library, new VectorReduce(new ScalarReduce()));
    }
}
