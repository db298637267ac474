/*
 * Tiles of int8 products with AVX512 VNNI: up to 6 rows and 64 columns are held in 24 registers. Every accumulator is a
 * variable with a name of its own, because gcc keeps an array of them on the stack.
 */
#ifndef NEREID_INT8_TILES_AVX512_VNNI_H
#define NEREID_INT8_TILES_AVX512_VNNI_H

#include "nereid.h"
#include "rows.h"

#include <immintrin.h>
#include <string.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define PANEL NEREID_PANEL_AVX512_VNNI
#define VECTOR 16
#define TILE_ROWS 6

/* Four unsigned bytes of a row in every lane. */
static inline __attribute__((always_inline)) VNNI __m512i broadcast4(const uint8_t *a) {
    int32_t bytes;
    memcpy(&bytes, a, sizeof bytes);
    return _mm512_set1_epi32(bytes);
}

#define LOAD(j) const __m512i b##j = _mm512_loadu_si512(b + 64 * j);
#define DOT(i, j) s##i##j = _mm512_dpbusd_epi32(s##i##j, bytes, b##j);
#define STORE(i, j) _mm512_store_si512(sums + i * PANEL + j * VECTOR, s##i##j);

#define LOAD_1 LOAD(0)
#define LOAD_2 LOAD_1 LOAD(1)
#define LOAD_3 LOAD_2 LOAD(2)
#define LOAD_4 LOAD_3 LOAD(3)
#define DECLARE_1(i)                                                                                                   \
    const uint8_t *a##i = rows[i];                                                                                     \
    __m512i s##i##0 = zero;
#define DECLARE_2(i) DECLARE_1(i) __m512i s##i##1 = zero;
#define DECLARE_3(i) DECLARE_2(i) __m512i s##i##2 = zero;
#define DECLARE_4(i) DECLARE_3(i) __m512i s##i##3 = zero;
#define DOTS_1(i) DOT(i, 0)
#define DOTS_2(i) DOTS_1(i) DOT(i, 1)
#define DOTS_3(i) DOTS_2(i) DOT(i, 2)
#define DOTS_4(i) DOTS_3(i) DOT(i, 3)
#define STORE_1(i) STORE(i, 0)
#define STORE_2(i) STORE_1(i) STORE(i, 1)
#define STORE_3(i) STORE_2(i) STORE(i, 2)
#define STORE_4(i) STORE_3(i) STORE(i, 3)
#define ACCUMULATE_1(i) { const __m512i bytes = broadcast4(a##i + at); DOTS_1(i) }
#define ACCUMULATE_2(i) { const __m512i bytes = broadcast4(a##i + at); DOTS_2(i) }
#define ACCUMULATE_3(i) { const __m512i bytes = broadcast4(a##i + at); DOTS_3(i) }
#define ACCUMULATE_4(i) { const __m512i bytes = broadcast4(a##i + at); DOTS_4(i) }

/*
 * A tile of ROWS rows and VECTORS vectors of columns: rows begin at the pointers, and have runs of 4 * k4 bytes. b: one
 * panel; sums: int32 [ROWS, PANEL], aligned, of which only these columns are written.
 */
#define TILE(ROWS, VECTORS)                                                                                            \
    VNNI static void tile_##ROWS##_##VECTORS(                                                                        \
        const uint8_t *const *rows, int32_t runs, const int64_t *offsets, int32_t k4, const int8_t *b,                 \
        int32_t *sums) {                                                                                               \
        const __m512i zero = _mm512_setzero_si512();                                                                   \
        ROWS_##ROWS(DECLARE_##VECTORS) for (int32_t run = 0; run < runs; run++) {                                      \
            const int64_t end = offsets[run] + 4 * (int64_t)k4;                                                        \
            for (int64_t at = offsets[run]; at < end; at += 4) {                                                       \
                LOAD_##VECTORS                                                                                         \
                b += 4 * PANEL;                                                                                        \
                ROWS_##ROWS(ACCUMULATE_##VECTORS)                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        ROWS_##ROWS(STORE_##VECTORS)                                                                                   \
    }

#define TILES(ROWS) TILE(ROWS, 1) TILE(ROWS, 2) TILE(ROWS, 3) TILE(ROWS, 4)

TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)

typedef void tile_function(
    const uint8_t *const *, int32_t, const int64_t *, int32_t, const int8_t *, int32_t *);

#define TILES_OF(ROWS) {tile_##ROWS##_1, tile_##ROWS##_2, tile_##ROWS##_3, tile_##ROWS##_4}

/* By rows - 1 and vectors - 1. */
static tile_function *const tiles[6][4] = {
    TILES_OF(1), TILES_OF(2), TILES_OF(3), TILES_OF(4), TILES_OF(5), TILES_OF(6)};

#endif
