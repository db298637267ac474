package dev.nereid.nativekernels;

import dev.nereid.kernels.reduce.PrefixSumsTest;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.reduce.VectorReduce;
import dev.nereid.kernels.scalar.ScalarReduce;

/** Prefix sums down columns, as many as C takes and fewer. */
class NativePrefixSumsTest extends PrefixSumsTest {
    @Override
    protected ReduceKernels kernels() {
        NativeLibrary library = TestedLibrary.of("running sums in C", "AVX2 with FMA", CpuFeatures::avx2);
        return new ReduceCalls(library, MatMulCalls.Variant.AVX2_FLOATS, new VectorReduce(new ScalarReduce()));
    }
}
