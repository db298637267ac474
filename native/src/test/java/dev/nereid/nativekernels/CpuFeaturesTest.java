package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
    private static final int SVE_OF_32_BYTES = 32 << 16;

    @Test
    void readsBitsAndTheLengthOfVectors() {
        assertThat(CpuFeatures.ofBits(1 + 4 + 16))
                .isEqualTo(CpuFeatures.of(Instruction.AVX512_VNNI, Instruction.AVX512, Instruction.AVX2));
        CpuFeatures arm = CpuFeatures.ofBits(32 + 256 + SVE_OF_32_BYTES);
        assertThat(arm.instructions()).containsExactlyInAnyOrder(Instruction.DOTPROD, Instruction.SVE_I8MM);
        assertThat(arm.sveBits()).isEqualTo(256);
        assertThat(arm.hasLongSve()).isTrue();
        assertThat(CpuFeatures.ofBits(16 << 16).hasLongSve()).isFalse();
        assertThat(CpuFeatures.ofBits(0)).isEqualTo(CpuFeatures.of());
    }

    @Test
    void leavesOutWhatAProcessMustNotUse() {
        CpuFeatures x86 = CpuFeatures.of(Instruction.AVX512_VNNI, Instruction.AVX512, Instruction.AVX2);
        assertThat(x86.allowed("avx2")).isEqualTo(CpuFeatures.of(Instruction.AVX2));
        assertThat(x86.allowed("")).isEqualTo(x86);
        assertThat(CpuFeatures.ofBits(1 + 4 + 16 + 1024).allowed("avx512")).isEqualTo(x86);
        CpuFeatures arm = CpuFeatures.ofBits(32 + 64 + 128 + 256 + SVE_OF_32_BYTES);
        assertThat(arm.allowed("dotprod")).isEqualTo(CpuFeatures.of(Instruction.DOTPROD));
        assertThat(arm.allowed("i8mm"))
                .isEqualTo(CpuFeatures.of(Instruction.DOTPROD, Instruction.I8MM, Instruction.BF16));
        assertThat(arm.allowed("sve")).isEqualTo(CpuFeatures.ofBits(32 + SVE_OF_32_BYTES));
        assertThat(arm.allowed("avx2")).isEqualTo(CpuFeatures.of());
    }

    @Test
    void refusesWordsThatItDoesNotKnow() {
        assertThatThrownBy(() -> CpuFeatures.of(Instruction.AVX2).allowed("avx3"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "property 'nereid.native.instructions': expected one of avx2, avx512, dotprod, i8mm, sve, got 'avx3'");
    }
}
