/*
 * Vectors for int8 products with SVE of any length; int8_vectors_neon.h says what they are for. SOME says which lanes of a
 * vector there are: here as a predicate.
 */
#include "nereid.h"

#include <arm_sve.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline)) TARGET

#define INTS svint32_t
#define FLOATS svfloat32_t
#define LEFT svuint8_t
#define RIGHT svint8_t
#define SOME svbool_t

#define LANES ((int32_t)svcntw())
#define MOST_LANES 64
#define FIRST(count) svwhilelt_b32_s32(0, count)
#define ALL svptrue_b32()

#define ZERO_INTS svdup_s32(0)
#define SPREAD_INT(number) svdup_s32(number)
#define LOAD_INTS(address) svld1_s32(ALL, address)
#define STORE_INTS(address, vector) svst1_s32(ALL, address, vector)
#define PLUS_INTS(x, y) svadd_s32_x(ALL, x, y)
#define TIMES_INTS(x, y) svmul_s32_x(ALL, x, y)
#define TO_FLOATS(ints) svcvt_f32_s32_x(ALL, ints)
#define PLUS_FLOATS(x, y) svadd_f32_x(ALL, x, y)
#define TIMES_FLOATS(x, y) svmul_f32_x(ALL, x, y)
#define ROUND(floats) svcvt_s32_f32_x(ALL, svrintn_f32_x(ALL, floats))
#define SATURATED_PLUS(x, y) svqadd_s32(x, y)
#define WITHIN(low, high, ints) svmin_s32_x(ALL, svmax_s32_x(ALL, ints, low), high)

#define LOAD_RIGHT(address) svld1_s8(svptrue_b8(), address)
#define EVEN_PAIRS(x, y) svreinterpret_s32_s64(svuzp1_s64(svreinterpret_s64_s32(x), svreinterpret_s64_s32(y)))
#define ODD_PAIRS(x, y) svreinterpret_s32_s64(svuzp2_s64(svreinterpret_s64_s32(x), svreinterpret_s64_s32(y)))

#define PREFETCH(address) svprfb(svptrue_b8(), (address) + 1024, SV_PLDL1KEEP)

#define BEHIND(weights, sum)

/* Eight bytes of one row and, behind them, of another, in each 128 bits. */
INLINE svuint8_t rows_of_eight(const uint8_t *row, const uint8_t *next) {
    uint64_t bytes;
    uint64_t next_bytes;
    memcpy(&bytes, row, sizeof bytes);
    memcpy(&next_bytes, next, sizeof next_bytes);
    return svreinterpret_u8_u64(svtrn1_u64(svdup_u64(bytes), svdup_u64(next_bytes)));
}

INLINE svint8_t rows_of_eight_less_128(const uint8_t *row, const uint8_t *next) {
    return svreinterpret_s8_u8(sveor_n_u8_x(svptrue_b8(), rows_of_eight(row, next), 0x80));
}

INLINE svint32_t load_some_ints(svbool_t some, const int32_t *from) {
    return svld1_s32(some, from);
}

INLINE void store_some_ints(svbool_t some, int32_t *to, svint32_t vector) {
    svst1_s32(some, to, vector);
}

INLINE svfloat32_t load_some_floats(svbool_t some, const float *from) {
    return svld1_f32(some, from);
}

INLINE void store_some_floats(svbool_t some, float *to, svfloat32_t vector) {
    svst1_f32(some, to, vector);
}

INLINE void store_some_bytes(svbool_t some, uint8_t *to, svint32_t vector) {
    svst1b_s32(some, (int8_t *)to, vector);
}
