/*
 * Products of doubles with AVX512: a tile of up to 8 rows and 3 vectors of columns is held in 24 registers. Every accumulator
 * is a variable with a name of its own, because gcc keeps an array of them on the stack.
 */
#include "nereid.h"
#include "rows.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define LANES 8
#define TALLEST 8

/* The rows of the lower half of a tile are found from the first of them: else their places need more registers than there are. */
#define HALF 4
#define WIDEST 3

/* What a tile reads and writes, from its first row and column on; strides in elements. */
struct tile {
    int32_t k;
    const double *a;
    int64_t a_row;
    int64_t a_column;
    const double *b;
    int64_t b_row;
    double *c;
    int64_t c_row;
    __mmask8 last; /* the lanes of the last vector that lie within the matrix */
};

#define LOAD(j) const __m512d b##j = _mm512_loadu_pd(b + j * LANES);
#define LOAD_LAST(j) const __m512d b##j = _mm512_maskz_loadu_pd(t.last, b + j * LANES);
#define LOAD_1 LOAD_LAST(0)
#define LOAD_2 LOAD(0) LOAD_LAST(1)
#define LOAD_3 LOAD(0) LOAD(1) LOAD_LAST(2)

#define DECLARE(i, j) __m512d s##i##j = _mm512_setzero_pd();
#define DECLARE_1(i) DECLARE(i, 0)
#define DECLARE_2(i) DECLARE_1(i) DECLARE(i, 1)
#define DECLARE_3(i) DECLARE_2(i) DECLARE(i, 2)

#define ADD(i, j) s##i##j = _mm512_fmadd_pd(factor, b##j, s##i##j);
#define FACTOR(i, ADDITIONS)                                                                                           \
    {                                                                                                                  \
        const __m512d factor = _mm512_set1_pd((i < HALF ? a : lower)[i % HALF * a_row]);                               \
        ADDITIONS                                                                                                      \
    }
#define ADD_1(i) FACTOR(i, ADD(i, 0))
#define ADD_2(i) FACTOR(i, ADD(i, 0) ADD(i, 1))
#define ADD_3(i) FACTOR(i, ADD(i, 0) ADD(i, 1) ADD(i, 2))

#define STORE(i, j) _mm512_storeu_pd(t.c + i * t.c_row + j * LANES, s##i##j);
#define STORE_LAST(i, j) _mm512_mask_storeu_pd(t.c + i * t.c_row + j * LANES, t.last, s##i##j);
#define STORE_1(i) STORE_LAST(i, 0)
#define STORE_2(i) STORE(i, 0) STORE_LAST(i, 1)
#define STORE_3(i) STORE(i, 0) STORE(i, 1) STORE_LAST(i, 2)

#define TILE(ROWS, VECTORS)                                                                                            \
    TARGET static void tile_##ROWS##_##VECTORS(struct tile t) {                                                        \
        const double *a = t.a;                                                                                         \
        const double *lower = a + HALF * t.a_row;                                                                      \
        const int64_t a_row = t.a_row;                                                                                 \
        const double *b = t.b;                                                                                         \
        ROWS_##ROWS(DECLARE_##VECTORS)                                                                                 \
        for (int32_t p = 0; p < t.k; p++) {                                                                            \
            LOAD_##VECTORS                                                                                             \
            ROWS_##ROWS(ADD_##VECTORS)                                                                                 \
            a += t.a_column;                                                                                           \
            lower += t.a_column;                                                                                       \
            b += t.b_row;                                                                                              \
        }                                                                                                              \
        ROWS_##ROWS(STORE_##VECTORS)                                                                                   \
    }

#define TILES(ROWS) TILE(ROWS, 1) TILE(ROWS, 2) TILE(ROWS, 3)

TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)
TILES(7)
TILES(8)

#define TILES_OF(ROWS) {tile_##ROWS##_1, tile_##ROWS##_2, tile_##ROWS##_3}

/* By rows - 1 and vectors - 1. */
static void (*const tiles[TALLEST][WIDEST])(struct tile) = {
    TILES_OF(1), TILES_OF(2), TILES_OF(3), TILES_OF(4), TILES_OF(5), TILES_OF(6), TILES_OF(7), TILES_OF(8)};

void nereid_f64_product_avx512(NEREID_F64_PRODUCT_PARAMETERS) {
    /* Widths differ by one vector at most: four vectors are two and two, not three and one. */
    const int32_t vectors = (n + LANES - 1) / LANES;
    const int32_t groups = (vectors + WIDEST - 1) / WIDEST;
    for (int32_t group = 0, done = 0; group < groups; group++) {
        const int32_t width = (vectors - done + groups - group - 1) / (groups - group);
        const int32_t column = done * LANES;
        done += width;
        const int32_t beyond = done * LANES - n;
        const __mmask8 last = (__mmask8)(0xff >> (beyond > 0 ? beyond : 0));
        for (int32_t row = 0; row < m; row += TALLEST) {
            const int32_t height = m - row < TALLEST ? m - row : TALLEST;
            const struct tile tile = {
                k, a + row * a_row, a_row, a_column, b + column, b_row, c + row * c_row + column, c_row, last};
            tiles[height - 1][width - 1](tile);
        }
    }
}
