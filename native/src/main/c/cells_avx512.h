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
#define MOST_TAPS 5
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

/* Lets the sums of a tile start. */
TILE void start(const struct band *band, const int32_t rows, const int32_t cells, __m512 sums[][TILE_CELLS]) {
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        UNROLL
        for (int32_t cell = 0; cell < cells; cell++) {
            sums[row][cell] = band->start;
        }
    }
}

/* For each row of output the weights that it has for row `read` of what the tile reads, one `step` behind the other. */
TILE void load(
    const int32_t read, const int32_t taps, const int32_t stride, const int32_t rows, const float *w, int64_t step,
    __m512 weights[][MOST_TAPS]) {
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        const int32_t tap_row = read - row * stride;
        if (tap_row >= 0 && tap_row < taps) {
            UNROLL
            for (int32_t tap = 0; tap < taps; tap++) {
                weights[row][tap] = _mm512_loadu_ps(w + (tap_row * taps + tap) * step);
            }
        }
    }
}

/* Adds what the numbers at a row and column of what the tile reads give to each sum that they are under. */
TILE void add(
    const int32_t read, const int32_t column, const int32_t taps, const int32_t stride, const int32_t rows,
    const int32_t cells, __m512 number, __m512 weights[][MOST_TAPS], __m512 sums[][TILE_CELLS]) {
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        const int32_t tap_row = read - row * stride;
        UNROLL
        for (int32_t cell = 0; cell < cells; cell++) {
            const int32_t tap = column - cell * stride;
            if (tap_row >= 0 && tap_row < taps && tap >= 0 && tap < taps) {
                sums[row][cell] = _mm512_fmadd_ps(number, weights[row][tap], sums[row][cell]);
            }
        }
    }
}

/* The second operand is what comes of numbers that cannot be compared. */
TILE __m512 clamped(const struct band *band, __m512 sum) {
    return _mm512_min_ps(band->high, _mm512_max_ps(band->low, sum));
}

/* Stores the sums of a tile from y on. */
TILE void store(
    const struct band *band, const int32_t rows, const int32_t cells, __m512 sums[][TILE_CELLS], float *y) {
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        UNROLL
        for (int32_t cell = 0; cell < cells; cell++) {
            const __m512 sum = clamped(band, sums[row][cell]);
            _mm512_mask_storeu_ps(y + row * band->y_row + cell * band->y_cell, band->stored, sum);
        }
    }
}
