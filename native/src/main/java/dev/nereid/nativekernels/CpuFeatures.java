package dev.nereid.nativekernels;

/**
 * The instructions that this CPU and its operating system offer to C kernels.
 *
 * @param avx512Vnni AVX512 F, BW, VL and VNNI
 * @param avxVnni AVX2 and AVX VNNI
 * @param avx512 AVX512 F
 * @param avx512Bf16 AVX512 F and BF16
 * @param avx2 AVX2 and FMA
 */
record CpuFeatures(boolean avx512Vnni, boolean avxVnni, boolean avx512, boolean avx512Bf16, boolean avx2) {
    /**
     * The system property that leaves out instructions that there are: {@code avx2} has none of AVX512, and no VNNI, as most
     * processors before 2021.
     */
    static final String PROPERTY = "nereid.native.instructions";

    private static final String AVX2 = "avx2";

    /** Reads what {@code nereid_cpu_features} returned. */
    static CpuFeatures ofBits(int bits) {
        return new CpuFeatures((bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0);
    }

    /**
     * What is left of them where a process must not use all.
     *
     * @param instructions as {@link #PROPERTY} has them; empty for all
     * @throws IllegalArgumentException if it says something else
     */
    CpuFeatures allowed(String instructions) {
        return switch (instructions) {
            case "" -> this;
            case AVX2 -> new CpuFeatures(false, false, false, false, avx2);
            default ->
                throw new IllegalArgumentException(
                        "property '" + PROPERTY + "': expected " + AVX2 + ", got '" + instructions + "'");
        };
    }
}
