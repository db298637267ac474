// Casts of FP16 and BF16 to and from other datatypes. Oracle: ScalarElementwise.
#include "elementwise.cuh"
#include "half.cuh"

// Integers are rounded to FP32 in between, as on the CPU; from there once more.
INLINE float real(int64_t x) { return static_cast<float>(static_cast<double>(x)); }

#define HALF_CASTS(half, to_half, from_half)                                            \
    CAST(fp32_##half, float, uint16_t, to_half(x))                                      \
    CAST(bool_##half, uint8_t, uint16_t, to_half(real(x & 1)))                          \
    CAST(uint8_##half, uint8_t, uint16_t, to_half(real(x)))                             \
    CAST(int8_##half, int8_t, uint16_t, to_half(real(x)))                               \
    CAST(int32_##half, int32_t, uint16_t, to_half(real(x)))                             \
    CAST(int64_##half, int64_t, uint16_t, to_half(real(x)))                             \
    CAST(half##_fp32, uint16_t, float, from_half(x))                                    \
    CAST(half##_bool, uint16_t, uint8_t, from_half(x) != 0 ? 1 : 0)                     \
    CAST(half##_uint8, uint16_t, uint8_t, static_cast<uint8_t>(whole(from_half(x))))    \
    CAST(half##_int8, uint16_t, int8_t, static_cast<int8_t>(whole(from_half(x))))       \
    CAST(half##_int32, uint16_t, int32_t, static_cast<int32_t>(whole(from_half(x))))    \
    CAST(half##_int64, uint16_t, int64_t, whole(from_half(x)))

HALF_CASTS(fp16, to_fp16, from_fp16)
HALF_CASTS(bf16, to_bf16, from_bf16)
CAST(fp16_bf16, uint16_t, uint16_t, to_bf16(from_fp16(x)))
CAST(bf16_fp16, uint16_t, uint16_t, to_fp16(from_bf16(x)))
