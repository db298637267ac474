package dev.nereid.nativekernels;

/** Groups of instructions that C kernels may need, each with its bit in what {@code nereid_cpu_features} returns. */
enum Instruction {
    /** AVX512 F, BW, VL and VNNI. */
    AVX512_VNNI(1),
    /** AVX2 and AVX VNNI. */
    AVX_VNNI(2),
    /** AVX512 F. */
    AVX512(4),
    /** AVX512 F and BF16. */
    AVX512_BF16(8),
    /** AVX2 and FMA. */
    AVX2(16),
    /** Dot products of bytes with NEON. */
    DOTPROD(32),
    /** Products of matrices of bytes with NEON. */
    I8MM(64),
    /** Products of bf16 with NEON. */
    BF16(128),
    /** The products of matrices of bytes with SVE. */
    SVE_I8MM(256),
    /** AVX2 and the tiles and products of bytes of AMX. */
    AMX_INT8(1024),
    /** AVX2 and the tiles and products of bf16 of AMX. */
    AMX_BF16(2048);

    private final int bit;

    Instruction(int bit) {
        this.bit = bit;
    }

    boolean isIn(int bits) {
        return (bits & bit) != 0;
    }
}
