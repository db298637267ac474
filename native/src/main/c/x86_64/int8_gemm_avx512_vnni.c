/* int8 products and convolutions with AVX512 VNNI. */
#include "int8_tiles_avx512_vnni.h"

#include <float.h>

#define TARGET VNNI
#define INLINE static inline __attribute__((always_inline)) TARGET

/* The lanes of a vector that lie within the matrix, where `columns` are left. */
INLINE __mmask16 column_mask(int32_t columns) {
    return columns >= VECTOR ? 0xffff : (__mmask16)((1u << columns) - 1);
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

/* The vectors that `columns` columns need. */
static int32_t vectors(int32_t columns) {
    return (columns + VECTOR - 1) / VECTOR;
}

void nereid_int8_gemm_avx512_vnni(NEREID_INT8_GEMM_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    const int64_t offset = 0;
    _Alignas(64) int32_t sums[TILE_ROWS * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + (int64_t)column * k4 * 4;
        for (int32_t row = 0; row < m; row += 6) {
            const int32_t rows = m - row < 6 ? m - row : 6;
            const uint8_t *starts[6];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + (row + i) * lda;
            }
            tiles[rows - 1][vectors(columns) - 1](starts, 1, &offset, k4, panel, sums);
            finish(sums, rows, columns, row, column, (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
        }
    }
}

/* Turns sums: int32 [rows, PANEL] into bytes c: [rows, columns], as nereid_int8_conv does it. */
TARGET static void finish_bytes(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, uint8_t *c, int64_t ldc,
    const struct nereid_int8_epilogue *e, int32_t lowest, int32_t zero_point) {
    const __m512 low = _mm512_set1_ps((float)(lowest - zero_point));
    const __m512 high = _mm512_set1_ps((float)(lowest + 255 - zero_point));
    const __m512i shift = _mm512_set1_epi32(zero_point);
    for (int32_t j = 0; j < columns; j += VECTOR) {
        const __mmask16 mask = column_mask(columns - j);
        const __m512i start = _mm512_maskz_loadu_epi32(mask, e->column_start + column + j);
        const __m512 scale = _mm512_maskz_loadu_ps(mask, e->scale + column + j);
        for (int32_t i = 0; i < rows; i++) {
            __m512i sum = _mm512_add_epi32(_mm512_load_si512(sums + i * PANEL + j), start);
            if (e->column_factor) {
                const __m512i factor = _mm512_maskz_loadu_epi32(mask, e->column_factor + column + j);
                sum = _mm512_add_epi32(sum, _mm512_mullo_epi32(_mm512_set1_epi32(e->row_factor[row + i]), factor));
            }
            const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale);
            const __mmask16 ordered = _mm512_cmp_ps_mask(value, value, _CMP_ORD_Q);
            const __m512 clamped = _mm512_min_ps(_mm512_maskz_max_ps(ordered, value, low), high);
            const __m512i rounded = _mm512_add_epi32(_mm512_cvtps_epi32(clamped), shift);
            _mm512_mask_cvtepi32_storeu_epi8(c + i * ldc + j, mask, rounded);
        }
    }
}

/* A scale that is not a number makes all sums 0, as the scale 0 does; one without bound saturates all but 0. */
INLINE __m512 finite(__m512 scale) {
    const __mmask16 number = _mm512_cmp_ps_mask(scale, scale, _CMP_ORD_Q);
    const __m512 low = _mm512_set1_ps(-FLT_MAX);
    return _mm512_maskz_min_ps(number, _mm512_max_ps(scale, low), _mm512_set1_ps(FLT_MAX));
}

/* Nothing below the least byte needs a clamp: packing saturates, and what is no int at all becomes the least one. */
#define QUANTIZED(j)                                                                                                   \
    _mm512_cvtps_epi32(_mm512_min_ps(                                                                                  \
        _mm512_mul_ps(                                                                                                 \
            _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_load_si512(sums + i * PANEL + j * VECTOR), start##j)),          \
            scale##j),                                                                                                 \
        high))

#define COLUMNS(j)                                                                                                     \
    const __mmask16 some##j = (__mmask16)(mask >> (j * VECTOR));                                                       \
    const __m512i start##j = _mm512_maskz_loadu_epi32(some##j, e->column_start + column + j * VECTOR);                 \
    const __m512 scale##j = finite(_mm512_maskz_loadu_ps(some##j, e->scale + column + j * VECTOR));

#define PACKED(a, b) _mm512_adds_epi16(_mm512_packs_epi32(a, b), shift)
#define BYTES(front, back) lowest == 0 ? _mm512_packus_epi16(front, back) : _mm512_packs_epi16(front, back)

/*
 * The same without column factors, `columns` of them as far as they are in the `vectors` first vectors: a row is packed in
 * registers.
 */
INLINE void finish_row_by_row(
    const int32_t *sums, int32_t rows, const int32_t vectors, int32_t columns, int64_t column, uint8_t *c, int64_t ldc,
    const struct nereid_int8_epilogue *e, int32_t lowest, int32_t zero_point) {
    const __mmask64 mask = columns >= PANEL ? UINT64_MAX : ((uint64_t)1 << columns) - 1;
    const __m512 high = _mm512_set1_ps((float)(lowest + 255 - zero_point));
    const __m512i shift = _mm512_set1_epi16((int16_t)zero_point);
    /* Packing goes by quarters of a vector. */
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    COLUMNS(0)
    COLUMNS(1)
    COLUMNS(2)
    COLUMNS(3)
    for (int32_t i = 0; i < rows; i++) {
        const __m512i first = QUANTIZED(0);
        const __m512i front = PACKED(first, vectors > 1 ? QUANTIZED(1) : first);
        const __m512i third = vectors > 2 ? QUANTIZED(2) : first;
        const __m512i back = vectors > 2 ? PACKED(third, vectors > 3 ? QUANTIZED(3) : third) : front;
        const __m512i bytes = _mm512_permutexvar_epi32(order, BYTES(front, back));
        if (vectors > 3 && columns == PANEL) {
            _mm512_storeu_si512(c + i * ldc, bytes);
        } else {
            _mm512_mask_storeu_epi8(c + i * ldc, mask, bytes);
        }
    }
}

#define FINISH_OF(VECTORS)                                                                                             \
    TARGET static void finish_##VECTORS(                                                                               \
        const int32_t *sums, int32_t rows, int32_t columns, int64_t column, uint8_t *c, int64_t ldc,                   \
        const struct nereid_int8_epilogue *e, int32_t lowest, int32_t zero_point) {                                    \
        finish_row_by_row(sums, rows, VECTORS, columns, column, c, ldc, e, lowest, zero_point);                        \
    }

FINISH_OF(1)
FINISH_OF(2)
FINISH_OF(3)
FINISH_OF(4)

typedef void finish_function(
    const int32_t *, int32_t, int32_t, int64_t, uint8_t *, int64_t, const struct nereid_int8_epilogue *, int32_t,
    int32_t);

/* By vectors - 1. */
static finish_function *const finishes[4] = {finish_1, finish_2, finish_3, finish_4};

void nereid_int8_conv_avx512_vnni(NEREID_INT8_CONV_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int64_t panel_bytes = (int64_t)runs * k4 * 4 * PANEL;
    const int plain = scale && !column_factor;
    _Alignas(64) int32_t sums[TILE_ROWS * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + column / PANEL * panel_bytes;
        int32_t line = first / width;
        int32_t at = first % width;
        for (int32_t row = 0; row < positions; row += 6) {
            const int32_t rows = positions - row < 6 ? positions - row : 6;
            const uint8_t *starts[6];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + lines[line] + at * pixel;
                if (++at == width) {
                    at = 0;
                    line++;
                }
            }
            tiles[rows - 1][vectors(columns) - 1](starts, runs, run_offsets, k4, panel, sums);
            const int64_t to = row * ldc + column;
            if (plain) {
                finishes[vectors(columns) - 1](
                    sums, rows, columns, column, (uint8_t *)c + to, ldc, &epilogue, lowest, zero_point);
            } else if (scale) {
                finish_bytes(
                    sums, rows, columns, row, column, (uint8_t *)c + to, ldc, &epilogue, lowest, zero_point);
            } else {
                finish(sums, rows, columns, row, column, (char *)c + 4 * to, ldc, &epilogue);
            }
        }
    }
}
