/*
 * Vectors of floats with NEON, as panel.h and row.h use them. LAST says how many elements the last vector of a row has.
 */
#include "nereid.h"

#include <arm_neon.h>
#include <string.h>

#define VECTOR 4
#define FLOATS_PANEL NEREID_PANEL_NEON
#define FLOATS float32x4_t
#define ZEROS vdupq_n_f32(0)
#define SPREAD(number) vdupq_n_f32(number)
#define LOAD_FLOATS(address) vld1q_f32(address)
#define STORE_FLOATS(address, vector) vst1q_f32(address, vector)
/* y where x or y is NaN. */
#define LOWER(x, y) vbslq_f32(vcltq_f32(x, y), x, y)
#define HIGHER(x, y) vbslq_f32(vcgtq_f32(x, y), x, y)

#define PLUS(x, y) vaddq_f32(x, y)

#define LAST int32_t
#define LAST_OF(elements) (elements)
#define LOAD_LAST(last, address) load_last(last, address)
#define STORE_LAST(last, address, vector) store_last(last, address, vector)

static inline __attribute__((always_inline)) float32x4_t load_last(int32_t last, const float *from) {
    if (last == VECTOR) {
        return vld1q_f32(from);
    }
    float own[VECTOR] = {0};
    memcpy(own, from, sizeof(float) * (size_t)last);
    return vld1q_f32(own);
}

static inline __attribute__((always_inline)) void store_last(int32_t last, float *to, float32x4_t vector) {
    if (last == VECTOR) {
        vst1q_f32(to, vector);
        return;
    }
    float own[VECTOR];
    vst1q_f32(own, vector);
    memcpy(to, own, sizeof(float) * (size_t)last);
}

/* Brings a line into the L2 cache. */
#define PREFETCH(line) __builtin_prefetch(line, 0, 2)

/* Heights of the tiles of one, two and three vectors: of higher ones gcc keeps sums on the stack. */
#define TALLEST_1 12
#define TALLEST_2 8
#define TALLEST_3 6
#define HEIGHTS_1(X) UP_TO_12(X, 1)
#define HEIGHTS_2(X) UP_TO_8(X, 2)
#define HEIGHTS_3(X) UP_TO_6(X, 3)
