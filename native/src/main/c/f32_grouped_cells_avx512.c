/*
 * Convolutions of 3 x 3 taps in groups narrower than half a vector, with the channels last: a vector of sums is the filters
 * of some groups. A vector of x has the channels of all of them; for each channel of a group it is permuted so that every
 * filter meets that channel of its own group, once for all cells that read it.
 */
#include "cells_avx512.h"

#define TAPS 3

/* Not unrolled: the compiler would have the sums wait on the stack. */
#define LOOP _Pragma("GCC unroll 1")

TILE void tile(
    const struct band *band, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t cells,
    const float *x, float *y) {
    const int64_t channels = band->channels;
    const int64_t x_cell = band->x_cell;
    __m512 sums[TILE_ROWS][TILE_CELLS];
    start(band, rows, cells, sums);
    UNROLL
    for (int32_t read = 0; read < (rows - 1) * stride + taps; read++) {
        LOOP
        for (int64_t channel = 0; channel < channels; channel++) {
            const __m512i own = _mm512_loadu_si512(band->own + channel * LANES);
            __m512 weights[TILE_ROWS][MOST_TAPS];
            load(read, taps, stride, rows, band->w + channel * LANES, channels * LANES, weights);
            UNROLL
            for (int32_t column = 0; column < (cells - 1) * stride + taps; column++) {
                const __m512 number = _mm512_permutexvar_ps(own, _mm512_loadu_ps(x + column * x_cell));
                add(read, column, taps, stride, rows, cells, number, weights, sums);
            }
        }
        x += band->x_row;
    }
    store(band, rows, cells, sums, y);
}

#include "cells_rows.h"

ROWS_OF(3, 1, TILE_ROWS)
ROWS_OF(3, 2, TILE_ROWS)

TARGET void nereid_f32_grouped_cells_avx512(
    int32_t filters, int32_t vector_filters, int32_t vector_channels, int32_t channels, int32_t rows, int32_t cells,
    const float *x, int64_t x_row, int64_t x_cell, const int32_t *own, const float *w, int32_t stride, const float *bias,
    float low, float high, float *y, int64_t y_row, int64_t y_cell) {
    struct band band = {.x_row = x_row, .x_cell = x_cell, .own = own, .y_row = y_row, .y_cell = y_cell};
    band.channels = channels;
    band.low = _mm512_set1_ps(low);
    band.high = _mm512_set1_ps(high);
    for (int32_t filter = 0; filter < filters; filter += vector_filters) {
        const int32_t left = filters - filter;
        band.stored = lanes(left < vector_filters ? left : vector_filters);
        band.x = x;
        band.w = w;
        band.y = y + filter;
        band.start = bias ? _mm512_maskz_loadu_ps(band.stored, bias + filter) : _mm512_setzero_ps();
        (stride == 1 ? rows_3_1 : rows_3_2)(&band, rows, cells);
        x += vector_channels;
        w += TAPS * TAPS * channels * LANES;
    }
}
