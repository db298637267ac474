/*
 * Products of doubles: the sums of a tile of some rows and up to 3 vectors of columns stay in registers. Every accumulator is a
 * variable with a name of its own, because gcc keeps an array of them on the stack. A tile of a single vector has all columns
 * that there are.
 *
 * The includer includes doubles_avx512.h or doubles_avx2.h before, and defines PRODUCT, the function's name, and how the
 * last vector of the columns is read and written, which they may not fill:
 *
 *   TALLEST_1, TALLEST_2, TALLEST_3  rows of tiles of 1, 2 and 3 vectors that there are registers for, up to 8
 *   HEIGHTS_1(X) to HEIGHTS_3(X)     X(rows, vectors) of each tile of so many vectors
 *   LAST                             what says where the last vector's columns are
 *   LAST_OF(vectors, beyond)         of the last of so many vectors, `beyond` lanes of which lie beyond the matrix
 *   LOAD_LAST(last, j, row)          the columns of vector j of a row, if it is the last
 *   STORE_LAST(last, j, row, vector)
 *   PACKS                            1 to pack large right sides for many rows, else 0
 */
#include "rows.h"

/* The rows of the lower half of a tile are found from the first of them: else their places need more registers than there are. */
#define HALF 4
#define WIDEST 3

/* Rows of c from which on packing takes less time than it saves. */
#define PACKED_ROWS 64

/* Elements of b from which on its rows, often apart by a power of two, drive each other out of the caches between tiles. */
#define PACKED_ELEMENTS (1 << 14)

/* Rows of b that are packed together: as many as the L1 cache holds. */
#define DEPTH 256

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
    LAST b_last;
    LAST c_last;
    int32_t resumes; /* whether sums start with what c has */
};

#define LOAD(j) const DOUBLES b##j = LOAD_DOUBLES(b + j * VECTOR);
#define LAST_ONE(j) const DOUBLES b##j = LOAD_LAST(t.b_last, j, b);
#define LOAD_1 LAST_ONE(0)
#define LOAD_2 LOAD(0) LAST_ONE(1)
#define LOAD_3 LOAD(0) LOAD(1) LAST_ONE(2)

#define DECLARE(i, j) DOUBLES s##i##j = ZEROS;
#define DECLARE_1(i) DECLARE(i, 0)
#define DECLARE_2(i) DECLARE_1(i) DECLARE(i, 1)
#define DECLARE_3(i) DECLARE_2(i) DECLARE(i, 2)

#define RESUME(i, j) s##i##j = LOAD_DOUBLES(t.c + i * t.c_row + j * VECTOR);
#define RESUME_LAST(i, j) s##i##j = LOAD_LAST(t.c_last, j, t.c + i * t.c_row);
#define RESUME_1(i) RESUME_LAST(i, 0)
#define RESUME_2(i) RESUME(i, 0) RESUME_LAST(i, 1)
#define RESUME_3(i) RESUME(i, 0) RESUME(i, 1) RESUME_LAST(i, 2)

#define ADD(i, j) s##i##j = TIMES_PLUS(factor, b##j, s##i##j);
#define FACTOR(i, ADDITIONS)                                                                                           \
    {                                                                                                                  \
        const DOUBLES factor = SPREAD((i < HALF ? a : lower)[i % HALF * a_row]);                                       \
        ADDITIONS                                                                                                      \
    }
#define ADD_1(i) FACTOR(i, ADD(i, 0))
#define ADD_2(i) FACTOR(i, ADD(i, 0) ADD(i, 1))
#define ADD_3(i) FACTOR(i, ADD(i, 0) ADD(i, 1) ADD(i, 2))

#define STORE(i, j) STORE_DOUBLES(t.c + i * t.c_row + j * VECTOR, s##i##j);
#define STORE_THE_LAST(i, j) STORE_LAST(t.c_last, j, t.c + i * t.c_row, s##i##j);
#define STORE_1(i) STORE_THE_LAST(i, 0)
#define STORE_2(i) STORE(i, 0) STORE_THE_LAST(i, 1)
#define STORE_3(i) STORE(i, 0) STORE(i, 1) STORE_THE_LAST(i, 2)

#define TILE(ROWS, VECTORS)                                                                                            \
    TARGET static void tile_##ROWS##_##VECTORS(struct tile t) {                                                        \
        const double *a = t.a;                                                                                         \
        const double *lower = a + HALF * t.a_row;                                                                      \
        const int64_t a_row = t.a_row;                                                                                 \
        const double *b = t.b;                                                                                         \
        ROWS_##ROWS(DECLARE_##VECTORS)                                                                                 \
        if (PACKS && t.resumes) {                                                                                      \
            ROWS_##ROWS(RESUME_##VECTORS)                                                                              \
        }                                                                                                              \
        for (int32_t p = 0; p < t.k; p++) {                                                                            \
            LOAD_##VECTORS                                                                                             \
            ROWS_##ROWS(ADD_##VECTORS)                                                                                 \
            a += t.a_column;                                                                                           \
            lower += t.a_column;                                                                                       \
            b += t.b_row;                                                                                              \
        }                                                                                                              \
        ROWS_##ROWS(STORE_##VECTORS)                                                                                   \
    }

#define UP_TO_4(X, VECTORS) X(1, VECTORS) X(2, VECTORS) X(3, VECTORS) X(4, VECTORS)
#define UP_TO_6(X, VECTORS) UP_TO_4(X, VECTORS) X(5, VECTORS) X(6, VECTORS)
#define UP_TO_8(X, VECTORS) UP_TO_6(X, VECTORS) X(7, VECTORS) X(8, VECTORS)

HEIGHTS_1(TILE)
HEIGHTS_2(TILE)
HEIGHTS_3(TILE)

#define ENTRY(ROWS, VECTORS) tile_##ROWS##_##VECTORS,
#define TALLEST 8

/* By vectors - 1 and rows - 1. */
static void (*const tiles[WIDEST][TALLEST])(struct tile) = {
    {HEIGHTS_1(ENTRY)}, {HEIGHTS_2(ENTRY)}, {HEIGHTS_3(ENTRY)}};

static const int32_t tallest[WIDEST] = {TALLEST_1, TALLEST_2, TALLEST_3};

/* All rows of some vectors of columns, of which t has the first tile's. */
static void multiply(int32_t m, int32_t vectors, struct tile t) {
    const int32_t most = tallest[vectors - 1];
    for (int32_t row = 0; row < m; row += most) {
        const int32_t height = m - row < most ? m - row : most;
        tiles[vectors - 1][height - 1](t);
        t.a += most * t.a_row;
        t.c += most * t.c_row;
    }
}

/* The same, with a part of b side by side at a time: sums go on in c. */
TARGET static void multiply_packed(int32_t m, int32_t vectors, struct tile t) {
    double panel[DEPTH * WIDEST * VECTOR];
    struct tile part = t;
    part.b = panel;
    part.b_row = vectors * VECTOR;
    part.b_last = (LAST)LAST_OF(vectors, 0);
    for (int32_t p = 0; p < t.k; p += DEPTH) {
        part.k = t.k - p < DEPTH ? t.k - p : DEPTH;
        part.a = t.a + p * t.a_column;
        part.resumes = p > 0;
        const double *b = t.b + p * t.b_row;
        double *to = panel;
        for (int32_t i = 0; i < part.k; i++) {
            for (int32_t j = 0; j < vectors - 1; j++) {
                STORE_DOUBLES(to + j * VECTOR, LOAD_DOUBLES(b + j * VECTOR));
            }
            STORE_DOUBLES(to + (vectors - 1) * VECTOR, LOAD_LAST(t.b_last, vectors - 1, b));
            b += t.b_row;
            to += part.b_row;
        }
        multiply(m, vectors, part);
    }
}

void PRODUCT(NEREID_F64_PRODUCT_PARAMETERS) {
    const int packs = PACKS && m >= PACKED_ROWS && (int64_t)n * k >= PACKED_ELEMENTS;
    /* Widths differ by one vector at most: four vectors are two and two, not three and one. */
    const int32_t vectors = (n + VECTOR - 1) / VECTOR;
    const int32_t groups = (vectors + WIDEST - 1) / WIDEST;
    for (int32_t group = 0, done = 0; group < groups; group++) {
        const int32_t width = (vectors - done + groups - group - 1) / (groups - group);
        const int32_t column = done * VECTOR;
        done += width;
        const int32_t beyond = done * VECTOR - n;
        const LAST last = LAST_OF(width, beyond > 0 ? beyond : 0);
        const struct tile first = {
            k, a, a_row, a_column, b + column, b_row, c + column, c_row, last, last, 0};
        if (packs) {
            multiply_packed(m, width, first);
        } else {
            multiply(m, width, first);
        }
    }
}
