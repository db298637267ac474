package dev.nereid.nativekernels;

/**
 * The instructions that this CPU and its operating system offer to C kernels.
 *
 * @param avx512Vnni AVX512 F, BW, VL and VNNI
 * @param avxVnni AVX2 and AVX VNNI
 * @param avx512 AVX512 F
 * @param avx512Bf16 AVX512 F and BF16
 */
record CpuFeatures(boolean avx512Vnni, boolean avxVnni, boolean avx512, boolean avx512Bf16) {
    /** Reads what {@code nereid_cpu_features} returned. */
    static CpuFeatures ofBits(int bits) {
        return new CpuFeatures((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
    }
}
