/*
 * Tiles of int8 products in 16 registers of 256 bits. Included once for each way to multiply, which defines
 *
 *   NAMES(NAME)         NAME with what tells its tiles from others'
 *   TARGET              the attribute that names its instructions
 *   TALLEST, TILES(X)   rows of the tallest tile, 16 columns wide, that the registers hold; X(n) for n = 1 to TALLEST
 *   QUADS               rows of four that one step multiplies; runs are whole steps
 *   RIGHT(j)            makes operands of the vector j of the step's rows of the panel b
 *   LEFT(quad)          makes some of the step's bytes of a row of a, that begin there
 *   DOT(sum, j)         adds the sums of the step's products to a vector of them
 *
 * and leaves NAMES(tiles). Each accumulator is a variable with a name of its own.
 */
#ifndef NEREID_INT8_TILES_256_H
#define NEREID_INT8_TILES_256_H

#include "nereid.h"
#include "rows.h"

#include <immintrin.h>
#include <string.h>

#define PANEL NEREID_PANEL_256
#define VECTOR 8

/*
 * Writes the sums of a tile: int32 [rows, PANEL], aligned. Its rows begin at the pointers, and have runs of 4 * k4 bytes; b is
 * one panel.
 */
typedef void tile_function(
    const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k4, const int8_t *b, int32_t *sums);

/* By rows - 1. */
struct tiles {
    int32_t tallest;
    tile_function *const *run;
};

#define TALLEST_OF_ALL 6

#define DECLARE(i)                                                                                                     \
    const uint8_t *a##i = rows[i];                                                                                     \
    __m256i s##i##0 = zero, s##i##1 = zero;

/* Four bytes in every lane. */
#define SPREAD(name, quad)                                                                                             \
    int32_t name##_bytes;                                                                                              \
    memcpy(&name##_bytes, quad, sizeof name##_bytes);                                                                  \
    const __m256i name = _mm256_set1_epi32(name##_bytes);

#define ACCUMULATE(i)                                                                                                  \
    {                                                                                                                  \
        LEFT(a##i + at)                                                                                                \
        DOT(s##i##0, 0)                                                                                                \
        DOT(s##i##1, 1)                                                                                                \
    }

#define STORE(i)                                                                                                       \
    _mm256_store_si256((__m256i *)(sums + i * PANEL), s##i##0);                                                        \
    _mm256_store_si256((__m256i *)(sums + i * PANEL + VECTOR), s##i##1);

#define TILE(ROWS)                                                                                                     \
    TARGET static void NAMES(tile_##ROWS)(                                                                             \
        const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k4, const int8_t *b,                 \
        int32_t *sums) {                                                                                               \
        const __m256i zero = _mm256_setzero_si256();                                                                   \
        ROWS_##ROWS(DECLARE) for (int32_t run = 0; run < runs; run++) {                                                \
            const int64_t end = offsets[run] + 4 * (int64_t)k4;                                                        \
            for (int64_t at = offsets[run]; at < end; at += 4 * QUADS) {                                               \
                RIGHT(0)                                                                                               \
                RIGHT(1)                                                                                               \
                b += 4 * QUADS * PANEL;                                                                                \
                ROWS_##ROWS(ACCUMULATE)                                                                                \
            }                                                                                                          \
        }                                                                                                              \
        ROWS_##ROWS(STORE)                                                                                             \
    }

#define TILE_ENTRY(ROWS) NAMES(tile_##ROWS),
#endif

TILES(TILE)

static tile_function *const NAMES(functions)[TALLEST] = {TILES(TILE_ENTRY)};
static const struct tiles NAMES(tiles) = {TALLEST, NAMES(functions)};

#undef NAMES
#undef TALLEST
#undef TILES
#undef QUADS
#undef RIGHT
#undef LEFT
#undef DOT
