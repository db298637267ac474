/*
 * Prefix sums down columns with AVX2, which widens floats on their way from memory for half of what it takes in registers.
 * Rows are read as they lie, two at a time, with the sums of some hundred columns in the L1 cache: a column at a time would
 * meet another page with every few rows. The rows behind them are asked for in advance.
 */
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))

#define LANES 4
#define LINE 16  /* columns of a line of the cache */
#define MOST 512 /* columns whose sums stay in the L1 cache beside what is added */
#define AHEAD 4  /* rows */

/* `more` and the vector of floats at x. */
TARGET static inline __m256d plus(__m256d more, const float *x) {
    return _mm256_add_pd(more, _mm256_cvtps_pd(_mm_loadu_ps(x)));
}

TARGET static inline void put(float *y, __m256d sum) {
    _mm_storeu_ps(y, _mm256_cvtpd_ps(sum));
}

/* A vector of columns down some rows. */
TARGET static inline void vector(const int32_t rows, const char *x, char *y, int64_t stride, double *sums) {
    __m256d a = _mm256_load_pd(sums);
    for (int32_t row = 0; row < rows; row++) {
        a = plus(a, (const float *)x);
        put((float *)y, a);
        x += stride;
        y += stride;
    }
    _mm256_store_pd(sums, a);
}

/* A line of columns down some rows. */
TARGET static inline void line(const int32_t rows, const char *x, char *y, int64_t stride, double *sums) {
    __m256d a = _mm256_load_pd(sums);
    __m256d b = _mm256_load_pd(sums + LANES);
    __m256d c = _mm256_load_pd(sums + 2 * LANES);
    __m256d d = _mm256_load_pd(sums + 3 * LANES);
    for (int32_t row = 0; row < rows; row++) {
        const float *from = (const float *)x;
        float *to = (float *)y;
        _mm_prefetch(x + AHEAD * stride, _MM_HINT_T0);
        __builtin_prefetch(y + AHEAD * stride, 1);
        a = plus(a, from);
        b = plus(b, from + LANES);
        c = plus(c, from + 2 * LANES);
        d = plus(d, from + 3 * LANES);
        put(to, a);
        put(to + LANES, b);
        put(to + 2 * LANES, c);
        put(to + 3 * LANES, d);
        x += stride;
        y += stride;
    }
    _mm256_store_pd(sums, a);
    _mm256_store_pd(sums + LANES, b);
    _mm256_store_pd(sums + 2 * LANES, c);
    _mm256_store_pd(sums + 3 * LANES, d);
}

/*
 * All columns of a block down some rows. The last vector begins `last` columns behind the first, over some of those before:
 * they have sums of their own there.
 */
TARGET static inline void band(
    const int32_t rows, int32_t columns, int32_t last, const char *x, char *y, int64_t stride, double *sums) {
    int32_t i = 0;
    for (; i <= columns - LINE; i += LINE) {
        line(rows, x + 4 * i, y + 4 * i, stride, sums + i);
    }
    for (; i <= columns - LANES; i += LANES) {
        vector(rows, x + 4 * i, y + 4 * i, stride, sums + i);
    }
    if (i < columns) {
        vector(rows, x + 4 * last, y + 4 * last, stride, sums + i);
    }
}

TARGET void nereid_f32_prefix_sums_avx2(int32_t rows, int32_t columns, const char *x, char *y, int64_t stride) {
    double sums[MOST] __attribute__((aligned(64)));
    for (int32_t first = 0; first < columns; first += MOST) {
        const int32_t rest = columns - first;
        const int32_t some = rest < MOST ? rest : MOST;
        const int32_t last = rest - LANES;
        const char *from = x + 4 * (int64_t)first;
        char *to = y + 4 * (int64_t)first;
        int32_t row = 0;
        memset(sums, 0, sizeof sums);
        for (; row <= rows - 2; row += 2) {
            band(2, some, last, from + row * stride, to + row * stride, stride, sums);
        }
        if (row < rows) {
            band(1, some, last, from + row * stride, to + row * stride, stride, sums);
        }
    }
}
