/* Gathers words of image rows by tables of lanes, with AVX2. */
#include "nereid.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define VECTOR 8

/* One row, which goes to `other` too. */
TARGET static inline void gather(
    int32_t words, const int32_t *starts, const int32_t *lanes, const char *line, char *y, char *other) {
    const int32_t last = words - VECTOR;
    for (int32_t word = 0; word < words; word += VECTOR) {
        const int64_t at = 4 * (int64_t)(word < last ? word : last);
        const __m256i from = _mm256_loadu_si256((const __m256i *)(line + *starts++));
        const __m256i picked = _mm256_permutevar8x32_epi32(from, _mm256_loadu_si256((const __m256i *)lanes));
        _mm256_storeu_si256((__m256i *)(y + at), picked);
        _mm256_storeu_si256((__m256i *)(other + at), picked);
        lanes += VECTOR;
    }
}

TARGET void nereid_gather_words_avx2(
    int32_t rows, int32_t words, const int32_t *sources, const int32_t *starts, const int32_t *lanes, const char *x,
    int64_t x_line, char *y) {
    const int64_t y_row = 4 * (int64_t)words;
    for (int32_t row = 0; row < rows;) {
        const int32_t twice = row + 1 < rows && sources[row + 1] == sources[row];
        gather(words, starts, lanes, x + sources[row] * x_line, y, y + twice * y_row);
        row += 1 + twice;
        y += (1 + twice) * y_row;
    }
}
