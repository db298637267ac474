/* Softmax of rows of doubles with AVX512. Every row is computed alike, wherever it stands. */
#include "nereid.h"

#include <immintrin.h>
#include <math.h>

#define TARGET __attribute__((target("avx512f")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define LANES 8

/* Below, exp is zero. */
#define LOWEST -1000.

#define LOG2_E 1.44269504088896340736
#define MINUS_LN2_HIGH -6.93145751953125e-1
#define MINUS_LN2_LOW -1.42860682030941723212e-6

#define SET(x) _mm512_set1_pd(x)
#define FMA(x, y, z) _mm512_fmadd_pd(x, y, z)

INLINE __mmask8 lanes(int32_t left) {
    return left >= LANES ? 0xff : (__mmask8)((1u << left) - 1);
}

/*
 * exp(x) for x of at most zero, by the series of what is left within half of log(2), whose 14th term is below a quarter of the
 * last place; not a number remains one.
 */
INLINE __m512d exponential(__m512d x) {
    const __m512d clamped = _mm512_max_pd(SET(LOWEST), x);
    const __m512d n = _mm512_roundscale_pd(_mm512_mul_pd(clamped, SET(LOG2_E)), _MM_FROUND_TO_NEAREST_INT);
    const __m512d r = FMA(n, SET(MINUS_LN2_LOW), FMA(n, SET(MINUS_LN2_HIGH), clamped));
    __m512d p = FMA(r, SET(1. / 6227020800), SET(1. / 479001600));
    p = FMA(p, r, SET(1. / 39916800));
    p = FMA(p, r, SET(1. / 3628800));
    p = FMA(p, r, SET(1. / 362880));
    p = FMA(p, r, SET(1. / 40320));
    p = FMA(p, r, SET(1. / 5040));
    p = FMA(p, r, SET(1. / 720));
    p = FMA(p, r, SET(1. / 120));
    p = FMA(p, r, SET(1. / 24));
    p = FMA(p, r, SET(1. / 6));
    p = FMA(p, r, SET(1. / 2));
    p = FMA(p, r, SET(1.));
    p = FMA(p, r, SET(1.));
    return _mm512_scalef_pd(p, n);
}

TARGET static void softmax(int32_t length, const double *x, double *y) {
    __m512d highest = SET(-INFINITY);
    for (int32_t i = 0; i < length; i += LANES) {
        /* What is not a number leaves the second operand. */
        highest = _mm512_max_pd(_mm512_mask_loadu_pd(highest, lanes(length - i), x + i), highest);
    }
    const __m512d shift = SET(_mm512_reduce_max_pd(highest));
    __m512d sums = _mm512_setzero_pd();
    for (int32_t i = 0; i < length; i += LANES) {
        const __mmask8 mask = lanes(length - i);
        const __m512d e = exponential(_mm512_sub_pd(_mm512_maskz_loadu_pd(mask, x + i), shift));
        sums = _mm512_mask_add_pd(sums, mask, sums, e);
        _mm512_mask_storeu_pd(y + i, mask, e);
    }
    const __m512d factor = SET(1 / _mm512_reduce_add_pd(sums));
    for (int32_t i = 0; i < length; i += LANES) {
        const __mmask8 mask = lanes(length - i);
        _mm512_mask_storeu_pd(y + i, mask, _mm512_mul_pd(_mm512_maskz_loadu_pd(mask, y + i), factor));
    }
}

void nereid_f64_softmax_avx512(int32_t rows, int32_t length, const double *x, double *y) {
    for (int32_t row = 0; row < rows; row++) {
        softmax(length, x + (int64_t)row * length, y + (int64_t)row * length);
    }
}
