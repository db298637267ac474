/*
 * Packs the transpose of a matrix for float products with AVX512: four numbers of sixteen rows at a time. A vector takes
 * those of the rows i, i + 4, i + 8 and i + 12, so that what is left to do stays within its quarters.
 */
#include "nereid.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define VECTOR 16
#define PANEL NEREID_PANEL_AVX512
#define STEP 4

/* Sixteen rows at a time are more than hardware prefetches; rows so far ahead are asked for, a line at a time. */
#define AHEAD 32
#define LINE 16

/* Rows of a block; those that do not exist have the address of the first and no lanes. */
struct block {
    const float *at[VECTOR];
    __mmask16 lanes[STEP][STEP]; /* of the row i + STEP * quarter */
};

#define QUARTER(vector, i, quarter)                                                                                    \
    _mm512_mask_broadcast_f32x4(vector, block->lanes[i][quarter], _mm_loadu_ps(block->at[i + STEP * quarter] + p))
#define ROWS(i)                                                                                                        \
    const __m512 v##i =                                                                                                \
        QUARTER(QUARTER(QUARTER(QUARTER(_mm512_setzero_ps(), i, 0), i, 1), i, 2), i, 3);

/* packed: [k, width], from the block's first column on. ahead: numbers from a row to the one that is asked for. */
TARGET static void pack(const struct block *block, int32_t k, int64_t ahead, float *packed, int64_t width) {
    int32_t p = 0;
    for (; p + STEP <= k; p += STEP) {
        if (p % LINE == 0) {
            for (int32_t row = 0; row < VECTOR; row++) {
                __builtin_prefetch(block->at[row] + ahead + p);
            }
        }
        ROWS(0)
        ROWS(1)
        ROWS(2)
        ROWS(3)
        const __m512d low02 = _mm512_castps_pd(_mm512_unpacklo_ps(v0, v1));
        const __m512d low13 = _mm512_castps_pd(_mm512_unpacklo_ps(v2, v3));
        const __m512d high02 = _mm512_castps_pd(_mm512_unpackhi_ps(v0, v1));
        const __m512d high13 = _mm512_castps_pd(_mm512_unpackhi_ps(v2, v3));
        float *const to = packed + p * width;
        _mm512_storeu_ps(to, _mm512_castpd_ps(_mm512_unpacklo_pd(low02, low13)));
        _mm512_storeu_ps(to + width, _mm512_castpd_ps(_mm512_unpackhi_pd(low02, low13)));
        _mm512_storeu_ps(to + 2 * width, _mm512_castpd_ps(_mm512_unpacklo_pd(high02, high13)));
        _mm512_storeu_ps(to + 3 * width, _mm512_castpd_ps(_mm512_unpackhi_pd(high02, high13)));
    }
    for (; p < k; p++) {
        for (int32_t row = 0; row < VECTOR; row++) {
            const int32_t exists = block->lanes[row % STEP][row / STEP] != 0;
            packed[p * width + row] = exists ? block->at[row][p] : 0.f;
        }
    }
}

void nereid_f32_pack_transposed_avx512(int32_t n, int32_t k, const float *b, int64_t ldb, float *packed) {
    for (int32_t first = 0; first < n; first += PANEL) {
        const int32_t columns = n - first < PANEL ? n - first : PANEL;
        const int64_t width = (columns + VECTOR - 1) / VECTOR * VECTOR;
        for (int32_t column = 0; column < columns; column += VECTOR) {
            struct block block;
            for (int32_t row = 0; row < VECTOR; row++) {
                const int32_t exists = column + row < columns;
                block.at[row] = b + (first + column + (exists ? row : 0)) * ldb;
                block.lanes[row % STEP][row / STEP] = (__mmask16)(exists ? 0xf << STEP * (row / STEP) : 0);
            }
            pack(&block, k, AHEAD * ldb, packed + column, width);
        }
        packed += k * width;
    }
}
