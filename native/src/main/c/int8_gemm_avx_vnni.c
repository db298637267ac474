/*
 * int8 products with AVX VNNI, for CPUs without AVX512. A tile of up to 6 rows and 16 columns is held in 12 of the 16
 * registers, each accumulator a variable with a name of its own.
 */
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,avxvnni")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define PANEL NEREID_PANEL_AVX_VNNI
#define VECTOR 8

/* All ones in the lanes of a vector that lie within the matrix, where `columns` are left. */
INLINE __m256i column_mask(int32_t columns) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(columns), lanes);
}

/* Four unsigned bytes of a row in every lane. */
INLINE __m256i broadcast4(const uint8_t *a) {
    int32_t bytes;
    memcpy(&bytes, a, sizeof bytes);
    return _mm256_set1_epi32(bytes);
}

/* Turns sums: int32 [rows, PANEL] into c: [rows, columns], the tile at (row, column) of the result. */
TARGET static void finish(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, char *c, int64_t ldc,
    const struct nereid_int8_epilogue *e) {
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j += VECTOR) {
            const __m256i mask = column_mask(columns - j);
            char *const to = c + 4 * (i * ldc + j);
            __m256i sum = _mm256_loadu_si256((const __m256i *)(sums + i * PANEL + j));
            sum = _mm256_add_epi32(sum, _mm256_maskload_epi32(e->column_start + column + j, mask));
            if (e->column_factor) {
                const __m256i factor = _mm256_maskload_epi32(e->column_factor + column + j, mask);
                sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(_mm256_set1_epi32(e->row_factor[row + i]), factor));
            }
            if (!e->scale) {
                _mm256_maskstore_epi32((int32_t *)to, mask, sum);
                continue;
            }
            const __m256 scale = _mm256_maskload_ps(e->scale + column + j, mask);
            __m256 result = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
            if (e->bias) {
                result = _mm256_add_ps(result, _mm256_maskload_ps(e->bias + column + j, mask));
            }
            _mm256_maskstore_ps((float *)to, mask, result);
        }
    }
}

#define ROWS_1(X) X(0)
#define ROWS_2(X) ROWS_1(X) X(1)
#define ROWS_3(X) ROWS_2(X) X(2)
#define ROWS_4(X) ROWS_3(X) X(3)
#define ROWS_5(X) ROWS_4(X) X(4)
#define ROWS_6(X) ROWS_5(X) X(5)

#define DECLARE(i)                                                                                                     \
    const uint8_t *a##i = a + i * lda;                                                                                 \
    __m256i s##i##0 = zero, s##i##1 = zero;

#define ACCUMULATE(i)                                                                                                  \
    {                                                                                                                  \
        const __m256i bytes = broadcast4(a##i + 4 * (int64_t)k);                                                       \
        s##i##0 = _mm256_dpbusd_avx_epi32(s##i##0, bytes, b0);                                                         \
        s##i##1 = _mm256_dpbusd_avx_epi32(s##i##1, bytes, b1);                                                         \
    }

#define STORE(i)                                                                                                       \
    _mm256_store_si256((__m256i *)(sums + i * PANEL), s##i##0);                                                        \
    _mm256_store_si256((__m256i *)(sums + i * PANEL + VECTOR), s##i##1);

/* sums: int32 [ROWS, PANEL], aligned. b: one panel. */
#define TILE(ROWS)                                                                                                     \
    TARGET static void tile_##ROWS(int32_t k4, const uint8_t *a, int64_t lda, const int8_t *b, int32_t *sums) {        \
        const __m256i zero = _mm256_setzero_si256();                                                                   \
        ROWS_##ROWS(DECLARE) for (int32_t k = 0; k < k4; k++) {                                                        \
            const __m256i b0 = _mm256_loadu_si256((const __m256i *)b);                                                 \
            const __m256i b1 = _mm256_loadu_si256((const __m256i *)(b + 32));                                          \
            b += 4 * PANEL;                                                                                            \
            ROWS_##ROWS(ACCUMULATE)                                                                                    \
        }                                                                                                              \
        ROWS_##ROWS(STORE)                                                                                             \
    }

TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)

typedef void tile_function(int32_t, const uint8_t *, int64_t, const int8_t *, int32_t *);

void nereid_int8_gemm_avx_vnni(NEREID_INT8_GEMM_PARAMETERS) {
    static tile_function *const tiles[] = {0, tile_1, tile_2, tile_3, tile_4, tile_5, tile_6};
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    _Alignas(64) int32_t sums[6 * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + (int64_t)column * k4 * 4;
        for (int32_t row = 0; row < m; row += 6) {
            const int32_t rows = m - row < 6 ? m - row : 6;
            tiles[rows](k4, a + row * lda, lda, panel, sums);
            finish(sums, rows, columns, row, column, (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
        }
    }
}
