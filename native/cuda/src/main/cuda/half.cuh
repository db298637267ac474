// Numbers of 16 bits and TF32, as bits of FP32: rounded to the nearest, halves to even but for TF32.
#pragma once

#include "nereid.cuh"

INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

INLINE float of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

// 10 bits of mantissa; halves away from zero, as the instruction cvt.rna rounds.
INLINE float to_tf32(float x) { return x != x ? x : of_bits((bits_of(x) + 0x1000u) & 0xffffe000u); }

INLINE float from_bf16(uint16_t half) { return of_bits(static_cast<uint32_t>(half) << 16); }

INLINE uint16_t to_bf16(float x) {
    uint32_t bits = bits_of(x);
    return static_cast<uint16_t>(x != x ? 0x7fc0u : (bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

INLINE float from_fp16(uint16_t half) {
    uint32_t magnitude = static_cast<uint32_t>(half & 0x7fff) << 13;
    uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
    // Infinity and NaN keep their exponent; others, subnormal ones too, are scaled from one bias to the other.
    bool special = (half & 0x7c00) == 0x7c00;
    return of_bits(sign | (special ? magnitude | 0x7f800000u : bits_of(of_bits(magnitude) * of_bits(0x77800000u))));
}

INLINE uint16_t to_fp16(float x) {
    uint32_t bits = bits_of(x) & 0x7fffffffu;
    uint32_t sign = bits_of(x) >> 16 & 0x8000u;
    uint32_t half;
    if (bits > 0x7f800000u) {
        half = 0x7e00u;
    } else if (bits >= 0x477ff000u) {
        half = 0x7c00u;  // from 65520 on
    } else if (bits < 0x38800000u) {
        half = bits_of(of_bits(bits) + 0.5f) - 0x3f000000u;  // subnormal: the sum rounds at the right bit
    } else {
        half = (bits + 0xc8000fffu + (bits >> 13 & 1)) >> 13;
    }
    return static_cast<uint16_t>(sign | half);
}
