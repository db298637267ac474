/*
 * What attention computes between its products and behind them, with AVX512. Four rows go side by side, since the steps of
 * one exponential wait for each other. Every row is computed alike, wherever it stands.
 */
#include "nereid.h"

#include <immintrin.h>
#include <math.h>

#define TARGET __attribute__((target("avx512f")))
#define VECTOR 16
#define SIDE_BY_SIDE 4

/* The numbers of dev.nereid.kernels.attention.Softmax. */
#define LOWEST -87.33f
#define LOG2_E 1.442695f
#define ROUNDER 12582912.f
#define C1 0.693147f
#define C2 0.24022242f
#define C3 0.055507336f
#define C4 0.009671513f
#define C5 0.0013264727f

#define SET(x) _mm512_set1_ps(x)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)

/* exp(x) for x of at most zero; zero where it would be subnormal, and in lanes that do not count. */
TARGET static inline __m512 exponential(__mmask16 lanes, __m512 x) {
    const __m512 n = _mm512_sub_ps(FMA(x, SET(LOG2_E), SET(ROUNDER)), SET(ROUNDER));
    const __m512 r = _mm512_fmsub_ps(x, SET(LOG2_E), n);
    __m512 p = FMA(r, SET(C5), SET(C4));
    p = FMA(p, r, SET(C3));
    p = FMA(p, r, SET(C2));
    p = FMA(p, r, SET(C1));
    p = FMA(p, r, SET(1.f));
    return _mm512_maskz_scalef_ps(_mm512_mask_cmp_ps_mask(lanes, x, SET(LOWEST), _CMP_NLT_UQ), p, n);
}

/* Rows of scores, whose vectors are whole, and of their mask. */
struct rows {
    int32_t keys;
    float *scores;
    int64_t row;
    float scale;
    const float *mask;
    int64_t mask_row;
    float *factors;
};

typedef void weigh(const struct rows *rows, int32_t first);

#define ROWS_1(X) X(0)
#define ROWS_4(X) X(0) X(1) X(2) X(3)

#define SCALED(i) _mm512_mul_ps(_mm512_loadu_ps(x##i + key), scale)
#define PLAIN_MASK(i)
#define PLAIN_SCORE(i) SCALED(i)
/* A mask that has a number for each key. */
#define ADDED_MASK(i) const float *const mask##i = rows->mask + (first + i) * rows->mask_row;
#define ADDED_SCORE(i) FMA(_mm512_loadu_ps(x##i + key), scale, _mm512_maskz_loadu_ps(lanes, mask##i + key))
/* A mask that has one number for all keys. */
#define REPEATED_MASK(i) const __m512 mask##i = SET(rows->mask[(first + i) * rows->mask_row]);
#define REPEATED_SCORE(i) FMA(_mm512_loadu_ps(x##i + key), scale, mask##i)

#define SCORES(i) float *const x##i = rows->scores + (first + i) * rows->row;
#define HIGHEST(i) __m512 high##i = SET(-INFINITY);
/* The operand that is kept comes second: what is not a number is passed over. */
#define HIGHER(i, KIND) high##i = _mm512_mask_max_ps(high##i, lanes, KIND##_SCORE(i), high##i);
#define SPREAD(i) high##i = SET(_mm512_reduce_max_ps(high##i));
#define SUM(i) __m512 sum##i = _mm512_setzero_ps();
#define ADD(i, KIND)                                                                                                   \
    const __m512 weight##i = exponential(lanes, _mm512_sub_ps(KIND##_SCORE(i), high##i));                              \
    _mm512_storeu_ps(x##i + key, weight##i);                                                                           \
    sum##i = _mm512_add_ps(sum##i, weight##i);
#define FACTOR(i) rows->factors[first + i] = 1.f / _mm512_reduce_add_ps(sum##i);

#define WEIGH(HEIGHT, KIND, NAME)                                                                                      \
    TARGET static void NAME(const struct rows *rows, int32_t first) {                                                  \
        const __m512 scale = SET(rows->scale);                                                                         \
        const int32_t keys = rows->keys;                                                                               \
        ROWS_##HEIGHT(SCORES)                                                                                          \
        ROWS_##HEIGHT(KIND##_MASK)                                                                                     \
        ROWS_##HEIGHT(HIGHEST)                                                                                         \
        for (int32_t key = 0; key < keys; key += VECTOR) {                                                             \
            const __mmask16 lanes = lanes_of(keys - key);                                                              \
            ROWS_##HEIGHT(HIGHER_##KIND)                                                                               \
        }                                                                                                              \
        ROWS_##HEIGHT(SPREAD)                                                                                          \
        ROWS_##HEIGHT(SUM)                                                                                             \
        for (int32_t key = 0; key < keys; key += VECTOR) {                                                             \
            const __mmask16 lanes = lanes_of(keys - key);                                                              \
            ROWS_##HEIGHT(ADD_##KIND)                                                                                  \
        }                                                                                                              \
        ROWS_##HEIGHT(FACTOR)                                                                                          \
    }

#define HIGHER_PLAIN(i) HIGHER(i, PLAIN)
#define HIGHER_ADDED(i) HIGHER(i, ADDED)
#define HIGHER_REPEATED(i) HIGHER(i, REPEATED)
#define ADD_PLAIN(i) ADD(i, PLAIN)
#define ADD_ADDED(i) ADD(i, ADDED)
#define ADD_REPEATED(i) ADD(i, REPEATED)

static inline __mmask16 lanes_of(int32_t elements) {
    return (__mmask16)(elements >= VECTOR ? 0xffff : (1 << elements) - 1);
}

WEIGH(1, PLAIN, weigh_1_plain)
WEIGH(4, PLAIN, weigh_4_plain)
WEIGH(1, ADDED, weigh_1_added)
WEIGH(4, ADDED, weigh_4_added)
WEIGH(1, REPEATED, weigh_1_repeated)
WEIGH(4, REPEATED, weigh_4_repeated)

void nereid_f32_weights_avx512(
    int32_t rows, int32_t keys, float *scores, int64_t row, float scale, const float *mask, int64_t mask_row,
    int32_t mask_repeats, float *factors) {
    const struct rows all = {keys, scores, row, scale, mask, mask_row, factors};
    weigh *const one = !mask ? weigh_1_plain : mask_repeats ? weigh_1_repeated : weigh_1_added;
    weigh *const four = !mask ? weigh_4_plain : mask_repeats ? weigh_4_repeated : weigh_4_added;
    int32_t first = 0;
    for (; first + SIDE_BY_SIDE <= rows; first += SIDE_BY_SIDE) {
        four(&all, first);
    }
    for (; first < rows; first++) {
        one(&all, first);
    }
}

TARGET void nereid_f32_scale_rows_avx512(int32_t rows, int32_t columns, float *y, int64_t row, const float *factors) {
    for (int32_t i = 0; i < rows; i++, y += row) {
        const __m512 factor = SET(factors[i]);
        for (int32_t j = 0; j < columns; j += VECTOR) {
            const __mmask16 lanes = lanes_of(columns - j);
            _mm512_mask_storeu_ps(y + j, lanes, _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, y + j), factor));
        }
    }
}
