package dev.nereid.nativekernels;

import dev.nereid.kernels.matmul.PanelKernel;

/** The kernels for products of floats in C; a test ends where the CPU has not the instructions. */
final class TestedPanels {
    private TestedPanels() {}

    static PanelKernel avx512(String tested) {
        NativeLibrary library = TestedLibrary.of(tested, "AVX512", CpuFeatures::avx512);
        return new MatMulCalls(library, MatMulCalls.Variant.AVX512_FLOATS);
    }

    static PanelKernel avx2(String tested) {
        NativeLibrary library = TestedLibrary.of(tested, "AVX2 with FMA", CpuFeatures::avx2);
        return new MatMulCalls(library, MatMulCalls.Variant.AVX2_FLOATS);
    }
}
