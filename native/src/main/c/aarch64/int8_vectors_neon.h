/*
 * Vectors for int8 products with NEON, as int8_tiles.h and int8_gemm.h use them. Who includes it defines TARGET before, the
 * attribute that names its instructions. SOME says how many lanes of a vector there are: here as a number.
 */
#include "nereid.h"

#include <arm_neon.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline)) TARGET

#define INTS int32x4_t
#define FLOATS float32x4_t
#define LEFT uint8x16_t
#define RIGHT int8x16_t
#define SOME int32_t

#define LANES 4
#define MOST_LANES 4
#define FIRST(count) (count)

#define ZERO_INTS vdupq_n_s32(0)
#define SPREAD_INT(number) vdupq_n_s32(number)
#define LOAD_INTS(address) vld1q_s32(address)
#define STORE_INTS(address, vector) vst1q_s32(address, vector)
#define PLUS_INTS(x, y) vaddq_s32(x, y)
#define TIMES_INTS(x, y) vmulq_s32(x, y)
#define TO_FLOATS(ints) vcvtq_f32_s32(ints)
#define PLUS_FLOATS(x, y) vaddq_f32(x, y)
#define TIMES_FLOATS(x, y) vmulq_f32(x, y)
/* To the nearest int, half to even; what lies beyond becomes the last one there is, and NaN becomes zero. */
#define ROUND(floats) vcvtnq_s32_f32(floats)
#define SATURATED_PLUS(x, y) vqaddq_s32(x, y)
#define WITHIN(low, high, ints) vminq_s32(vmaxq_s32(ints, low), high)

#define LOAD_RIGHT(address) vld1q_s8(address)
/* The even, and the odd, pairs of lanes of two vectors. */
#define EVEN_PAIRS(x, y) vreinterpretq_s32_s64(vuzp1q_s64(vreinterpretq_s64_s32(x), vreinterpretq_s64_s32(y)))
#define ODD_PAIRS(x, y) vreinterpretq_s32_s64(vuzp2q_s64(vreinterpretq_s64_s32(x), vreinterpretq_s64_s32(y)))

/* Brings what a loop will read a little later. */
#define PREFETCH(address)                                                                                              \
    __builtin_prefetch((address) + 1024);                                                                              \
    __builtin_prefetch((address) + 1024 + 64)

/* Keeps gcc from reading weights long before they are used: with all of a step there, sums would have no register. */
#define BEHIND(weights, sum) __asm__("" : "+r"(weights), "+w"(sum));

/* Eight bytes of one row and, behind them, of another. */
INLINE uint8x16_t rows_of_eight(const uint8_t *row, const uint8_t *next) {
    return vcombine_u8(vld1_u8(row), vld1_u8(next));
}

/* The same less 128 each. In integer registers that needs no register for the number: sums take nearly all of the others. */
INLINE int8x16_t rows_of_eight_less_128(const uint8_t *row, const uint8_t *next) {
    uint64_t bytes;
    uint64_t next_bytes;
    memcpy(&bytes, row, sizeof bytes);
    memcpy(&next_bytes, next, sizeof next_bytes);
    const uint64_t flips = 0x8080808080808080;
    return vreinterpretq_s8_u64(vcombine_u64(vcreate_u64(bytes ^ flips), vcreate_u64(next_bytes ^ flips)));
}

/* Four bytes a lane. */
INLINE int32x4_t load_some(int32_t some, const void *from) {
    int32_t own[LANES] = {0};
    if (some >= LANES) {
        memcpy(own, from, sizeof own);
    } else {
        memcpy(own, from, sizeof(int32_t) * (size_t)some);
    }
    return vld1q_s32(own);
}

INLINE void store_some(int32_t some, void *to, int32x4_t vector) {
    int32_t own[LANES];
    vst1q_s32(own, vector);
    if (some >= LANES) {
        memcpy(to, own, sizeof own);
    } else {
        memcpy(to, own, sizeof(int32_t) * (size_t)some);
    }
}

INLINE int32x4_t load_some_ints(int32_t some, const int32_t *from) {
    return load_some(some, from);
}

INLINE void store_some_ints(int32_t some, int32_t *to, int32x4_t vector) {
    store_some(some, to, vector);
}

INLINE float32x4_t load_some_floats(int32_t some, const float *from) {
    return vreinterpretq_f32_s32(load_some(some, from));
}

INLINE void store_some_floats(int32_t some, float *to, float32x4_t vector) {
    store_some(some, to, vreinterpretq_s32_f32(vector));
}

/* The lowest byte of each lane. */
INLINE void store_some_bytes(int32_t some, uint8_t *to, int32x4_t vector) {
    const uint16x4_t shorts = vreinterpret_u16_s16(vmovn_s32(vector));
    const uint8x8_t bytes = vmovn_u16(vcombine_u16(shorts, shorts));
    const uint32_t word = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
    if (some >= LANES) {
        memcpy(to, &word, sizeof word);
    } else {
        memcpy(to, &word, (size_t)some);
    }
}
