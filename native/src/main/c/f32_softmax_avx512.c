/*
 * Softmax of rows and its logarithm, and what attention computes between its products and behind them, with AVX512. Four rows go side by side,
 * since the steps of one exponential wait for each other. Every row is computed alike, wherever it stands.
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
#define ROUNDER 12583039.f
#define MANTISSA_BITS 23
#define C1 0.693147f
#define C2 0.24022242f
#define C3 0.055507336f
#define C4 0.009671513f
#define C5 0.0013264727f

#define LN2 0.6931472f
#define ROOT_OF_2 1.4142135f

#define SET(x) _mm512_set1_ps(x)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)

static inline __mmask16 lanes_of(int32_t elements) {
    return (__mmask16)(elements >= VECTOR ? 0xffff : (1 << elements) - 1);
}

/* exp(x) for x of at most zero; zero where it would be subnormal, and in lanes that do not count. */
TARGET static inline __m512 exponential(__mmask16 lanes, __m512 x) {
    const __m512 shifted = FMA(x, SET(LOG2_E), SET(ROUNDER));
    const __m512 r = _mm512_fmsub_ps(x, SET(LOG2_E), _mm512_sub_ps(shifted, SET(ROUNDER)));
    __m512 p = FMA(r, SET(C5), SET(C4));
    p = FMA(p, r, SET(C3));
    p = FMA(p, r, SET(C2));
    p = FMA(p, r, SET(C1));
    p = FMA(p, r, SET(1.f));
    const __m512 power = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(shifted), MANTISSA_BITS));
    return _mm512_maskz_mul_ps(_mm512_mask_cmp_ps_mask(lanes, x, SET(LOWEST), _CMP_NLT_UQ), p, power);
}

/* log(x) for positive normal x, by the series of 2 * artanh((x - 1) / (x + 1)) around 1. */
TARGET static inline __m512 logarithm(__m512 x) {
    const __m512 low = _mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
    const __mmask16 above = _mm512_cmp_ps_mask(low, SET(ROOT_OF_2), _CMP_GT_OQ);
    const __m512 mantissa = _mm512_mask_mul_ps(low, above, low, SET(.5f));
    const __m512 exponent = _mm512_getexp_ps(x);
    const __m512 power = _mm512_mask_add_ps(exponent, above, exponent, SET(1.f));
    const __m512 s = _mm512_div_ps(_mm512_sub_ps(mantissa, SET(1.f)), _mm512_add_ps(mantissa, SET(1.f)));
    const __m512 square = _mm512_mul_ps(s, s);
    __m512 p = FMA(square, SET(2.f / 9), SET(2.f / 7));
    p = FMA(p, square, SET(2.f / 5));
    p = FMA(p, square, SET(2.f / 3));
    p = FMA(p, square, SET(2.f));
    return FMA(power, SET(LN2), _mm512_mul_ps(p, s));
}

/*
 * Rows of numbers; of attention, their scale, their mask, and where one by the sum of each goes; of logarithms, where the sum
 * and the greatest number of each go.
 */
struct rows {
    int32_t length;
    const float *x;
    int64_t x_row;
    float *y;
    int64_t y_row;
    float scale;
    const float *mask;
    int64_t mask_row;
    float *factors;
    float *highest;
};

typedef void some_rows(const struct rows *rows, int32_t first);

#define ROWS_1(X) X(0)
#define ROWS_4(X) X(0) X(1) X(2) X(3)

/* The exponents of a vector of row i, by the kind of rows. */
#define READ(i) _mm512_maskz_loadu_ps(lanes, x##i + at)
#define BARE_BEGIN(i)
#define BARE_NUMBER(i) READ(i)
#define SCALED_BEGIN(i)
#define SCALED_NUMBER(i) _mm512_mul_ps(READ(i), scale)
/* A mask that has a number for each key. */
#define MASKED_BEGIN(i) const float *const mask##i = rows->mask + (first + i) * rows->mask_row;
#define MASKED_NUMBER(i) FMA(READ(i), scale, _mm512_maskz_loadu_ps(lanes, mask##i + at))
/* A mask that has one number for all keys. */
#define REPEATED_BEGIN(i) const __m512 mask##i = SET(rows->mask[(first + i) * rows->mask_row]);
#define REPEATED_NUMBER(i) FMA(READ(i), scale, mask##i)

/* Sums alone; what they are of is not kept. */
#define SUMMED_BEGIN(i) (void)y##i;

#define BEGIN(i)                                                                                                       \
    const float *const x##i = rows->x + (first + i) * rows->x_row;                                                     \
    float *const y##i = rows->y + (first + i) * rows->y_row;                                                           \
    __m512 high##i = SET(-INFINITY);                                                                                   \
    __m512 sum##i = _mm512_setzero_ps();
/* The operand that is kept comes second: what is not a number is passed over. */
#define HIGHER(i, KIND) high##i = _mm512_mask_max_ps(high##i, lanes, KIND##_NUMBER(i), high##i);
#define SPREAD(i) high##i = SET(_mm512_reduce_max_ps(high##i));
#define ADD(i, KIND)                                                                                                   \
    const __m512 weight##i = exponential(lanes, _mm512_sub_ps(KIND##_NUMBER(i), high##i));                             \
    _mm512_mask_storeu_ps(y##i + at, lanes, weight##i);                                                                \
    sum##i = _mm512_add_ps(sum##i, weight##i);
#define KEEP_FACTOR(i) rows->factors[first + i] = 1.f / _mm512_reduce_add_ps(sum##i);
#define KEEP_SUM(i)                                                                                                    \
    rows->highest[first + i] = _mm512_cvtss_f32(high##i);                                                              \
    rows->factors[first + i] = _mm512_reduce_add_ps(sum##i);
#define MULTIPLY(i) scale_row(rows->length, y##i, 1.f / _mm512_reduce_add_ps(sum##i));

TARGET static inline void scale_row(int32_t length, float *y, float factor) {
    for (int32_t at = 0; at < length; at += VECTOR) {
        const __mmask16 lanes = lanes_of(length - at);
        _mm512_mask_storeu_ps(y + at, lanes, _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, y + at), SET(factor)));
    }
}

#define FUNCTION(NAME, HEIGHT, KIND, END)                                                                              \
    TARGET static void NAME(const struct rows *rows, int32_t first) {                                                  \
        const __m512 scale = SET(rows->scale);                                                                         \
        const int32_t length = rows->length;                                                                           \
        (void)scale;                                                                                                   \
        ROWS_##HEIGHT(BEGIN)                                                                                           \
        ROWS_##HEIGHT(KIND##_BEGIN)                                                                                    \
        for (int32_t at = 0; at < length; at += VECTOR) {                                                              \
            const __mmask16 lanes = lanes_of(length - at);                                                             \
            ROWS_##HEIGHT(HIGHER_##KIND)                                                                               \
        }                                                                                                              \
        ROWS_##HEIGHT(SPREAD)                                                                                          \
        for (int32_t at = 0; at < length; at += VECTOR) {                                                              \
            const __mmask16 lanes = lanes_of(length - at);                                                             \
            ROWS_##HEIGHT(ADD_##KIND)                                                                                  \
        }                                                                                                              \
        ROWS_##HEIGHT(END)                                                                                             \
    }

#define HIGHER_BARE(i) HIGHER(i, BARE)
#define HIGHER_SCALED(i) HIGHER(i, SCALED)
#define HIGHER_MASKED(i) HIGHER(i, MASKED)
#define HIGHER_REPEATED(i) HIGHER(i, REPEATED)
#define HIGHER_SUMMED(i) HIGHER(i, BARE)
#define ADD_BARE(i) ADD(i, BARE)
#define ADD_SCALED(i) ADD(i, SCALED)
#define ADD_MASKED(i) ADD(i, MASKED)
#define ADD_REPEATED(i) ADD(i, REPEATED)
#define ADD_SUMMED(i) sum##i = _mm512_add_ps(sum##i, exponential(lanes, _mm512_sub_ps(READ(i), high##i)));

FUNCTION(softmax_1, 1, BARE, MULTIPLY)
FUNCTION(softmax_4, 4, BARE, MULTIPLY)
FUNCTION(scaled_1, 1, SCALED, KEEP_FACTOR)
FUNCTION(scaled_4, 4, SCALED, KEEP_FACTOR)
FUNCTION(masked_1, 1, MASKED, KEEP_FACTOR)
FUNCTION(masked_4, 4, MASKED, KEEP_FACTOR)
FUNCTION(repeated_1, 1, REPEATED, KEEP_FACTOR)
FUNCTION(repeated_4, 4, REPEATED, KEEP_FACTOR)
FUNCTION(summed_1, 1, SUMMED, KEEP_SUM)
FUNCTION(summed_4, 4, SUMMED, KEEP_SUM)

static void each(const struct rows *all, int32_t rows, some_rows *four, some_rows *one) {
    int32_t first = 0;
    for (; first + SIDE_BY_SIDE <= rows; first += SIDE_BY_SIDE) {
        four(all, first);
    }
    for (; first < rows; first++) {
        one(all, first);
    }
}

void nereid_f32_softmax_avx512(int32_t rows, int32_t length, const float *x, float *y) {
    const struct rows all = {length, x, length, y, length, 1, 0, 0, 0, 0};
    each(&all, rows, softmax_4, softmax_1);
}

TARGET static inline void subtract_twice(int32_t length, const float *x, float *y, float first, float second) {
    for (int32_t at = 0; at < length; at += VECTOR) {
        const __mmask16 lanes = lanes_of(length - at);
        const __m512 shifted = _mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, x + at), SET(first));
        _mm512_mask_storeu_ps(y + at, lanes, _mm512_sub_ps(shifted, SET(second)));
    }
}

/* The logarithms of as many sums as a vector has are taken at once. */
TARGET void nereid_f32_log_softmax_avx512(int32_t rows, int32_t length, const float *x, float *y) {
    for (int32_t first = 0; first < rows; first += VECTOR) {
        const int32_t count = rows - first < VECTOR ? rows - first : VECTOR;
        const float *const from = x + (int64_t)first * length;
        float *const to = y + (int64_t)first * length;
        float sums[VECTOR];
        float highest[VECTOR];
        const struct rows some = {length, from, length, to, length, 1, 0, 0, sums, highest};
        each(&some, count, summed_4, summed_1);
        const __mmask16 lanes = lanes_of(count);
        _mm512_mask_storeu_ps(sums, lanes, logarithm(_mm512_maskz_loadu_ps(lanes, sums)));
        for (int32_t row = 0; row < count; row++) {
            const int64_t at = (int64_t)row * length;
            subtract_twice(length, from + at, to + at, highest[row], sums[row]);
        }
    }
}

void nereid_f32_weights_avx512(
    int32_t rows, int32_t keys, float *scores, int64_t row, float scale, const float *mask, int64_t mask_row,
    int32_t mask_repeats, float *factors) {
    const struct rows all = {keys, scores, row, scores, row, scale, mask, mask_row, factors, 0};
    if (!mask) {
        each(&all, rows, scaled_4, scaled_1);
    } else if (mask_repeats) {
        each(&all, rows, repeated_4, repeated_1);
    } else {
        each(&all, rows, masked_4, masked_1);
    }
}

TARGET void nereid_f32_scale_rows_avx512(int32_t rows, int32_t columns, float *y, int64_t row, const float *factors) {
    for (int32_t i = 0; i < rows; i++) {
        scale_row(columns, y + i * row, factors[i]);
    }
}
