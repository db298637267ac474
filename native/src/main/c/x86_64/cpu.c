#include "amx.h"
#include "nereid.h"

#include <cpuid.h>

/* The register sets that the operating system saves on a context switch (XCR0). */
static uint64_t enabled_state(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

int32_t nereid_cpu_features(void) {
    const uint64_t ymm_state = 0x06;
    const uint64_t zmm_state = 0xe6;
    unsigned a, b, c, d, leaf7_b, leaf7_c, leaf7_d, leaf7_subleaves;

    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) {
        return 0;
    }
    const int fma = (c & bit_FMA) != 0;
    uint64_t state = enabled_state();
    if (!__get_cpuid_count(7, 0, &leaf7_subleaves, &leaf7_b, &leaf7_c, &leaf7_d)) {
        return 0;
    }
    uint32_t features = 0;
    const unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512VL;
    if ((state & zmm_state) == zmm_state && (leaf7_b & avx512) == avx512 && (leaf7_c & bit_AVX512VNNI)) {
        features |= NEREID_CPU_AVX512_VNNI;
    }
    unsigned leaf7_1_a = 0;
    if (leaf7_subleaves >= 1) {
        __get_cpuid_count(7, 1, &leaf7_1_a, &b, &c, &d);
    }
    if ((state & zmm_state) == zmm_state && (leaf7_b & bit_AVX512F)) {
        features |= NEREID_CPU_AVX512 | (leaf7_1_a & bit_AVX512BF16 ? NEREID_CPU_AVX512_BF16 : 0);
    }
    if ((state & ymm_state) == ymm_state && (leaf7_b & bit_AVX2) && (leaf7_1_a & bit_AVXVNNI)) {
        features |= NEREID_CPU_AVX_VNNI;
    }
    if ((state & ymm_state) == ymm_state && (leaf7_b & bit_AVX2) && fma) {
        features |= NEREID_CPU_AVX2 | nereid_amx_features(state, leaf7_d);
    }
    return (int32_t)features;
}
