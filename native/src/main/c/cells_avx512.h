/*
 * What functions over rows of cells with the channels last have in common: where a vector of channels lies. A tile of three
 * rows and four columns of output cells is summed up in registers, and each vector of x that they read is loaded once for all
 * of them. Who includes it defines `tile`, and includes cells_rows.h behind it.
 */
#include <immintrin.h>

#include "nereid.h"

#define TARGET __attribute__((target("avx512f")))
#define TILE TARGET static inline __attribute__((always_inline))
#define LANES 16
#define TILE_ROWS 3
#define TILE_CELLS 4
#define UNROLL _Pragma("GCC unroll 32")

/* Where a vector of channels lies; strides in elements. Grouped convolutions have in `own` which of its
 * group's channels each filter reads, one after the other. */
struct band {
    const float *x;
    int64_t x_row;
    int64_t x_cell;
    const float *w;
    int64_t w_tap;
    const int32_t *own;
    int64_t channels;
    __m512 start;
    __m512 low;
    __m512 high;
    float *y;
    int64_t y_row;
    int64_t y_cell;
    __mmask16 stored;
};

/* The lanes that the channels left to do take of a vector. */
static inline __mmask16 lanes(int32_t left) {
    return left < LANES ? (__mmask16)((1u << left) - 1) : (__mmask16)UINT16_MAX;
}
