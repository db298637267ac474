/*
 * int8 products with AVX512 VNNI. A tile of up to 6 rows and 64 columns is held in 24 registers: every accumulator is
 * a variable with a name of its own, because gcc keeps an array of them on the stack.
 */
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define INLINE static inline __attribute__((always_inline)) TARGET
#define PANEL NEREID_PANEL_AVX512_VNNI
#define VECTOR 16

/* The lanes of a vector that lie within the matrix, where `columns` are left. */
INLINE __mmask16 column_mask(int32_t columns) {
    return columns >= VECTOR ? 0xffff : (__mmask16)((1u << columns) - 1);
}

/* Four unsigned bytes of a row in every lane. */
INLINE __m512i broadcast4(const uint8_t *a) {
    int32_t bytes;
    memcpy(&bytes, a, sizeof bytes);
    return _mm512_set1_epi32(bytes);
}

/* Turns sums: int32 [rows, PANEL] into c: [rows, columns], the tile at (row, column) of the result. */
TARGET static void finish(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, char *c, int64_t ldc,
    const struct nereid_int8_epilogue *e) {
    for (int32_t i = 0; i < rows; i++) {
        for (int32_t j = 0; j < columns; j += VECTOR) {
            const __mmask16 mask = column_mask(columns - j);
            char *const to = c + 4 * (i * ldc + j);
            __m512i sum = _mm512_loadu_si512(sums + i * PANEL + j);
            sum = _mm512_add_epi32(sum, _mm512_maskz_loadu_epi32(mask, e->column_start + column + j));
            if (e->column_factor) {
                const __m512i factor = _mm512_maskz_loadu_epi32(mask, e->column_factor + column + j);
                sum = _mm512_add_epi32(sum, _mm512_mullo_epi32(_mm512_set1_epi32(e->row_factor[row + i]), factor));
            }
            if (!e->scale) {
                _mm512_mask_storeu_epi32(to, mask, sum);
                continue;
            }
            const __m512 scale = _mm512_maskz_loadu_ps(mask, e->scale + column + j);
            __m512 result = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
            if (e->bias) {
                result = _mm512_add_ps(result, _mm512_maskz_loadu_ps(mask, e->bias + column + j));
            }
            _mm512_mask_storeu_ps(to, mask, result);
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
    __m512i s##i##0 = zero, s##i##1 = zero, s##i##2 = zero, s##i##3 = zero;

#define ACCUMULATE(i)                                                                                                  \
    {                                                                                                                  \
        const __m512i bytes = broadcast4(a##i + 4 * (int64_t)k);                                                       \
        s##i##0 = _mm512_dpbusd_epi32(s##i##0, bytes, b0);                                                             \
        s##i##1 = _mm512_dpbusd_epi32(s##i##1, bytes, b1);                                                             \
        s##i##2 = _mm512_dpbusd_epi32(s##i##2, bytes, b2);                                                             \
        s##i##3 = _mm512_dpbusd_epi32(s##i##3, bytes, b3);                                                             \
    }

#define STORE(i)                                                                                                       \
    _mm512_store_si512(sums + i * PANEL, s##i##0);                                                                     \
    _mm512_store_si512(sums + i * PANEL + VECTOR, s##i##1);                                                            \
    _mm512_store_si512(sums + i * PANEL + 2 * VECTOR, s##i##2);                                                        \
    _mm512_store_si512(sums + i * PANEL + 3 * VECTOR, s##i##3);

/* sums: int32 [ROWS, PANEL], aligned. b: one panel. */
#define TILE(ROWS)                                                                                                     \
    TARGET static void tile_##ROWS(int32_t k4, const uint8_t *a, int64_t lda, const int8_t *b, int32_t *sums) {        \
        const __m512i zero = _mm512_setzero_si512();                                                                   \
        ROWS_##ROWS(DECLARE) for (int32_t k = 0; k < k4; k++) {                                                        \
            const __m512i b0 = _mm512_loadu_si512(b);                                                                  \
            const __m512i b1 = _mm512_loadu_si512(b + 64);                                                             \
            const __m512i b2 = _mm512_loadu_si512(b + 128);                                                            \
            const __m512i b3 = _mm512_loadu_si512(b + 192);                                                            \
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

void nereid_int8_gemm_avx512_vnni(NEREID_INT8_GEMM_PARAMETERS) {
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
