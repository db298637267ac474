/*
 * int8 products for CPUs without AVX512: the text of nereid_int8_gemm_avx_vnni and nereid_int8_gemm_avx2, and of the
 * convolutions, which differ in the instructions alone. Who includes it defines
 *
 *   GEMM, CONV          the functions' names
 *   TARGET              the attribute that names its instructions
 *   TALLEST, TILES(X)   rows of the tallest tile, 16 columns wide, that the 16 registers hold; X(n) for n = 1 to TALLEST
 *   RIGHT(j)            makes an operand of the vector j of a row of the panel b
 *   LEFT(bytes)         makes one of four bytes in every lane
 *   DOT(sum, j)         adds the sums of four products to a vector of them
 *
 * Each accumulator is a variable with a name of its own.
 */
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline)) TARGET
#define PANEL NEREID_PANEL_256
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
    const uint8_t *a##i = rows[i];                                                                                     \
    __m256i s##i##0 = zero, s##i##1 = zero;

#define ACCUMULATE(i)                                                                                                  \
    {                                                                                                                  \
        LEFT(broadcast4(a##i + at))                                                                                    \
        DOT(s##i##0, 0)                                                                                                \
        DOT(s##i##1, 1)                                                                                                \
    }

#define STORE(i)                                                                                                       \
    _mm256_store_si256((__m256i *)(sums + i * PANEL), s##i##0);                                                        \
    _mm256_store_si256((__m256i *)(sums + i * PANEL + VECTOR), s##i##1);

/*
 * A tile of ROWS rows: they begin at the pointers, and have runs of 4 * k4 bytes. b: one panel; sums: int32 [ROWS, PANEL],
 * aligned.
 */
#define TILE(ROWS)                                                                                                     \
    TARGET static void tile_##ROWS(                                                                                    \
        const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k4, const int8_t *b,                 \
        int32_t *sums) {                                                                                               \
        const __m256i zero = _mm256_setzero_si256();                                                                   \
        ROWS_##ROWS(DECLARE) for (int32_t run = 0; run < runs; run++) {                                                \
            const int64_t end = offsets[run] + 4 * (int64_t)k4;                                                        \
            for (int64_t at = offsets[run]; at < end; at += 4) {                                                       \
                RIGHT(0)                                                                                               \
                RIGHT(1)                                                                                               \
                b += 4 * PANEL;                                                                                        \
                ROWS_##ROWS(ACCUMULATE)                                                                                \
            }                                                                                                          \
        }                                                                                                              \
        ROWS_##ROWS(STORE)                                                                                             \
    }

TILES(TILE)

typedef void tile_function(const uint8_t *const *, int32_t, const int64_t *, int32_t, const int8_t *, int32_t *);

#define NAME(ROWS) tile_##ROWS,

/* By rows - 1. */
static tile_function *const tiles[TALLEST] = {TILES(NAME)};

void GEMM(NEREID_INT8_GEMM_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    const int64_t offset = 0;
    _Alignas(64) int32_t sums[TALLEST * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + (int64_t)column * k4 * 4;
        for (int32_t row = 0; row < m; row += TALLEST) {
            const int32_t rows = m - row < TALLEST ? m - row : TALLEST;
            const uint8_t *starts[TALLEST];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + (row + i) * lda;
            }
            tiles[rows - 1](starts, 1, &offset, k4, panel, sums);
            finish(sums, rows, columns, row, column, (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
        }
    }
}

/* Turns sums: int32 [rows, PANEL] into bytes c: [rows, columns], as nereid_int8_conv does it. */
TARGET static void finish_bytes(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, uint8_t *c, int64_t ldc,
    const struct nereid_int8_epilogue *e, int32_t lowest, int32_t zero_point) {
    const __m256 low = _mm256_set1_ps((float)(lowest - zero_point));
    const __m256 high = _mm256_set1_ps((float)(lowest + 255 - zero_point));
    const __m256i shift = _mm256_set1_epi32(zero_point);
    const __m256i low_bytes = _mm256_setr_epi8(
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1);
    for (int32_t j = 0; j < columns; j += VECTOR) {
        const int32_t count = columns - j < VECTOR ? columns - j : VECTOR;
        const __m256i mask = column_mask(count);
        const __m256i start = _mm256_maskload_epi32(e->column_start + column + j, mask);
        const __m256 scale = _mm256_maskload_ps(e->scale + column + j, mask);
        for (int32_t i = 0; i < rows; i++) {
            __m256i sum = _mm256_add_epi32(_mm256_load_si256((const __m256i *)(sums + i * PANEL + j)), start);
            if (e->column_factor) {
                const __m256i factor = _mm256_maskload_epi32(e->column_factor + column + j, mask);
                sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(_mm256_set1_epi32(e->row_factor[row + i]), factor));
            }
            __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scale);
            value = _mm256_and_ps(value, _mm256_cmp_ps(value, value, _CMP_ORD_Q));
            value = _mm256_min_ps(_mm256_max_ps(value, low), high);
            const __m256i bytes =
                _mm256_shuffle_epi8(_mm256_add_epi32(_mm256_cvtps_epi32(value), shift), low_bytes);
            const uint32_t halves[2] = {
                (uint32_t)_mm256_extract_epi32(bytes, 0), (uint32_t)_mm256_extract_epi32(bytes, 4)};
            memcpy(c + i * ldc + j, halves, (size_t)count);
        }
    }
}

void CONV(NEREID_INT8_CONV_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int64_t panel_bytes = (int64_t)runs * k4 * 4 * PANEL;
    _Alignas(64) int32_t sums[TALLEST * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + column / PANEL * panel_bytes;
        int32_t line = first / width;
        int32_t at = first % width;
        for (int32_t row = 0; row < positions; row += TALLEST) {
            const int32_t rows = positions - row < TALLEST ? positions - row : TALLEST;
            const uint8_t *starts[TALLEST];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + lines[line] + at * pixel;
                if (++at == width) {
                    at = 0;
                    line++;
                }
            }
            tiles[rows - 1](starts, runs, run_offsets, k4, panel, sums);
            const int64_t to = row * ldc + column;
            if (scale) {
                finish_bytes(
                    sums, rows, columns, row, column, (uint8_t *)c + to, ldc, &epilogue, lowest, zero_point);
            } else {
                finish(sums, rows, columns, row, column, (char *)c + 4 * to, ldc, &epilogue);
            }
        }
    }
}
