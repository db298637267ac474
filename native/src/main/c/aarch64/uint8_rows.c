/* The rows of a left operand on ARM: as they are, and from floats. They end at a multiple of eight bytes. */
#include "nereid.h"

#include <arm_neon.h>
#include <string.h>

#define STEP 8

/* All ones in the first bytes: as many as are counted back from its middle. */
static const uint8_t first_bytes[2 * STEP] = {255, 255, 255, 255, 255, 255, 255, 255};

static inline uint8x8_t first(int32_t count) {
    return vld1_u8(first_bytes + STEP - count);
}

void nereid_uint8_rows_neon(NEREID_UINT8_ROWS_PARAMETERS) {
    const int64_t row_bytes = ((int64_t)k + STEP - 1) / STEP * STEP;
    const uint8x8_t flips = vdup_n_u8((uint8_t)flip);
    for (int32_t i = 0; i < m; i++) {
        const uint8_t *from = a + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        uint32_t sum = 0;
        for (int32_t j = 0; j < k; j += STEP) {
            const int32_t count = k - j < STEP ? k - j : STEP;
            uint8_t last[STEP] = {0};
            const uint8_t *at = from + j;
            if (count < STEP) {
                memcpy(last, at, (size_t)count);
                at = last;
            }
            const uint8x8_t bytes = vand_u8(veor_u8(vld1_u8(at), flips), first(count));
            sum += vaddlv_u8(bytes);
            vst1_u8(to + j, bytes);
        }
        row_sums[i] = (int32_t)sum;
    }
}

/* Rounds half to even, saturates, and NaN becomes 0. */
static inline int16x4_t quantized(float32x4_t x, float32x4_t scale, int32x4_t zero_point) {
    return vqmovn_s32(vqaddq_s32(vcvtnq_s32_f32(vdivq_f32(x, scale)), zero_point));
}

void nereid_uint8_quantize_neon(NEREID_UINT8_QUANTIZE_PARAMETERS) {
    const int64_t row_bytes = ((int64_t)k + STEP - 1) / STEP * STEP;
    const float32x4_t divisor = vdupq_n_f32(scale);
    const int32x4_t shift = vdupq_n_s32(zero_point);
    for (int32_t i = 0; i < m; i++) {
        const float *from = x + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        uint32_t sum = 0;
        for (int32_t j = 0; j < k; j += STEP) {
            const int32_t count = k - j < STEP ? k - j : STEP;
            float last[STEP] = {0};
            const float *at = from + j;
            if (count < STEP) {
                memcpy(last, at, sizeof(float) * (size_t)count);
                at = last;
            }
            const int16x8_t shorts = vcombine_s16(
                quantized(vld1q_f32(at), divisor, shift), quantized(vld1q_f32(at + STEP / 2), divisor, shift));
            const uint8x8_t bytes = vand_u8(vqmovun_s16(shorts), first(count));
            sum += vaddlv_u8(bytes);
            vst1_u8(to + j, bytes);
        }
        row_sums[i] = (int32_t)sum;
    }
}
