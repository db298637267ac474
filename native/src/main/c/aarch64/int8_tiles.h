/*
 * Tiles of int8 products on ARM: up to 8 rows and three vectors of columns are held in 24 of 32 registers, 8 x 12 with
 * NEON. A step multiplies eight bytes of each row, and takes rows by two: a register has eight bytes of either. Who
 * includes it has included int8_vectors_neon.h or int8_vectors_sve.h, and defines one of
 *
 *   DOT(sum, right, left, lane)   adds four products of signed bytes to each lane: of a vector of weights with lane `lane`
 *                                 of two rows' bytes. These are taken 128 less than they are, and sums begin with 128 times
 *                                 the sum of the column, which stands behind the panel
 *   MULTIPLY(sum, left, right)    adds eight products to each lane, of unsigned with signed bytes: of two rows with two
 *                                 columns in 128 bits
 *
 * Every accumulator is a variable with a name of its own, because gcc keeps an array of them on the stack.
 */

#include "rows.h"

#define TALLEST 8
#define VECTORS 3
#define STEP 8

/*
 * Writes the sums of a tile: int32 [rows rounded up to 2, columns]. Its rows begin at the pointers, and have runs of 8 * k8
 * bytes; b is one panel, starts what stands behind it.
 */
typedef void tile_function(
    const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k8, const int8_t *b, const int32_t *starts,
    int32_t *sums);

/* The pairs of rows of a tile; the last one of an odd number is a pair with itself. */
#define PAIRS_1(X) X(0, 0, 0)
#define PAIRS_2(X) X(0, 0, 1)
#define PAIRS_3(X) PAIRS_2(X) X(1, 2, 2)
#define PAIRS_4(X) PAIRS_2(X) X(1, 2, 3)
#define PAIRS_5(X) PAIRS_4(X) X(2, 4, 4)
#define PAIRS_6(X) PAIRS_4(X) X(2, 4, 5)
#define PAIRS_7(X) PAIRS_6(X) X(3, 6, 6)
#define PAIRS_8(X) PAIRS_6(X) X(3, 6, 7)

#define POINTER(i) const uint8_t *const a##i = rows[i];

#ifdef DOT

/* The rows with their pairs and the first lanes that they have there. */
#define EACH_1(X, j) X(0, 0, 0, j)
#define EACH_2(X, j) EACH_1(X, j) X(1, 0, 2, j)
#define EACH_3(X, j) EACH_2(X, j) X(2, 1, 0, j)
#define EACH_4(X, j) EACH_3(X, j) X(3, 1, 2, j)
#define EACH_5(X, j) EACH_4(X, j) X(4, 2, 0, j)
#define EACH_6(X, j) EACH_5(X, j) X(5, 2, 2, j)
#define EACH_7(X, j) EACH_6(X, j) X(6, 3, 0, j)
#define EACH_8(X, j) EACH_7(X, j) X(7, 3, 2, j)

/* The sums of the last row. */
#define LAST_1(j) s0_##j
#define LAST_2(j) s1_##j
#define LAST_3(j) s2_##j
#define LAST_4(j) s3_##j
#define LAST_5(j) s4_##j
#define LAST_6(j) s5_##j
#define LAST_7(j) s6_##j
#define LAST_8(j) s7_##j

#define DECLARE(i) INTS s##i##_0 = start0, s##i##_1 = start1, s##i##_2 = start2;
#define LOAD_PAIR(pair, i, next) RIGHT left##pair = rows_of_eight_less_128(a##i + at, a##next + at);
/* Rows first: where gcc has them wait behind the weights of a step, these take the registers of sums. */
#define LOADED(pair, i, next) BEHIND(b, left##pair)
#define ADD_FIRST(i, pair, lane, j) s##i##_##j = DOT(s##i##_##j, right, left##pair, lane);
#define ADD_SECOND(i, pair, lane, j) s##i##_##j = DOT(s##i##_##j, right, left##pair, lane + 1);
#define COLUMNS(ROWS, place, j, ADD)                                                                                   \
    {                                                                                                                  \
        const RIGHT right = LOAD_RIGHT(b + (place) * vector);                                                          \
        EACH_##ROWS(ADD, j)                                                                                            \
        BEHIND(b, LAST_##ROWS(j))                                                                                      \
    }
#define STORE(i)                                                                                                       \
    STORE_INTS(sums + i * VECTORS * LANES, s##i##_0);                                                                  \
    STORE_INTS(sums + i * VECTORS * LANES + LANES, s##i##_1);                                                          \
    STORE_INTS(sums + i * VECTORS * LANES + 2 * LANES, s##i##_2);

#define TILE(ROWS)                                                                                                     \
    TARGET static void tile_##ROWS(                                                                                    \
        const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k8, const int8_t *b,                 \
        const int32_t *starts, int32_t *sums) {                                                                        \
        const int64_t vector = sizeof(int32_t) * (uint64_t)LANES;                                                      \
        const INTS start0 = LOAD_INTS(starts);                                                                         \
        const INTS start1 = LOAD_INTS(starts + LANES);                                                                 \
        const INTS start2 = LOAD_INTS(starts + 2 * LANES);                                                             \
        ROWS_##ROWS(POINTER) ROWS_##ROWS(DECLARE) for (int32_t run = 0; run < runs; run++) {                           \
            const int64_t end = offsets[run] + STEP * (int64_t)k8;                                                     \
            for (int64_t at = offsets[run]; at < end; at += STEP) {                                                    \
                PREFETCH(b);                                                                                           \
                PAIRS_##ROWS(LOAD_PAIR)                                                                                \
                PAIRS_##ROWS(LOADED)                                                                                   \
                COLUMNS(ROWS, 0, 0, ADD_FIRST)                                                                         \
                COLUMNS(ROWS, 1, 1, ADD_FIRST)                                                                         \
                COLUMNS(ROWS, 2, 2, ADD_FIRST)                                                                         \
                COLUMNS(ROWS, 3, 0, ADD_SECOND)                                                                        \
                COLUMNS(ROWS, 4, 1, ADD_SECOND)                                                                        \
                COLUMNS(ROWS, 5, 2, ADD_SECOND)                                                                        \
                b += STEP / 4 * VECTORS * vector;                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        ROWS_##ROWS(STORE)                                                                                             \
    }

/* Vectors behind a panel. */
#define STARTS VECTORS

#else

#define DECLARE(pair, i, next)                                                                                         \
    INTS s##pair##_0 = ZERO_INTS, s##pair##_1 = ZERO_INTS, s##pair##_2 = ZERO_INTS, s##pair##_3 = ZERO_INTS,           \
         s##pair##_4 = ZERO_INTS, s##pair##_5 = ZERO_INTS;
#define LOAD_PAIR(pair, i, next) const LEFT left##pair = rows_of_eight(a##i + at, a##next + at);
#define ADD(pair, j) s##pair##_##j = MULTIPLY(s##pair##_##j, left##pair, right);
#define ADD_0(pair, i, next) ADD(pair, 0)
#define ADD_1(pair, i, next) ADD(pair, 1)
#define ADD_2(pair, i, next) ADD(pair, 2)
#define ADD_3(pair, i, next) ADD(pair, 3)
#define ADD_4(pair, i, next) ADD(pair, 4)
#define ADD_5(pair, i, next) ADD(pair, 5)
#define COLUMNS(ROWS, j)                                                                                               \
    {                                                                                                                  \
        const RIGHT right = LOAD_RIGHT(b + (j) * vector);                                                              \
        PAIRS_##ROWS(ADD_##j)                                                                                          \
        BEHIND(b, s0_##j)                                                                                                 \
    }
#define STORE_TWO(pair, i, to, j, k)                                                                                   \
    STORE_INTS(sums + (2 * pair * VECTORS + to) * LANES, EVEN_PAIRS(s##pair##_##j, s##pair##_##k));                    \
    STORE_INTS(sums + ((2 * pair + 1) * VECTORS + to) * LANES, ODD_PAIRS(s##pair##_##j, s##pair##_##k));
#define STORE(pair, i, next)                                                                                           \
    STORE_TWO(pair, i, 0, 0, 1)                                                                                        \
    STORE_TWO(pair, i, 1, 2, 3)                                                                                        \
    STORE_TWO(pair, i, 2, 4, 5)

#define TILE(ROWS)                                                                                                     \
    TARGET static void tile_##ROWS(                                                                                    \
        const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k8, const int8_t *b,                 \
        const int32_t *starts, int32_t *sums) {                                                                        \
        (void)starts;                                                                                                  \
        const int64_t vector = sizeof(int32_t) * (uint64_t)LANES;                                                      \
        ROWS_##ROWS(POINTER) PAIRS_##ROWS(DECLARE) for (int32_t run = 0; run < runs; run++) {                          \
            const int64_t end = offsets[run] + STEP * (int64_t)k8;                                                     \
            for (int64_t at = offsets[run]; at < end; at += STEP) {                                                    \
                PREFETCH(b);                                                                                           \
                PAIRS_##ROWS(LOAD_PAIR)                                                                                \
                COLUMNS(ROWS, 0)                                                                                       \
                COLUMNS(ROWS, 1)                                                                                       \
                COLUMNS(ROWS, 2)                                                                                       \
                COLUMNS(ROWS, 3)                                                                                       \
                COLUMNS(ROWS, 4)                                                                                       \
                COLUMNS(ROWS, 5)                                                                                       \
                b += STEP / 4 * VECTORS * vector;                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        PAIRS_##ROWS(STORE)                                                                                            \
    }

#define STARTS 0

#endif

TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
TILE(7)
TILE(8)

/* By rows - 1. */
static tile_function *const tiles[TALLEST] = {tile_1, tile_2, tile_3, tile_4, tile_5, tile_6, tile_7, tile_8};
