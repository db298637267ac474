/* Depthwise convolutions with the channels last: a vector is 16 channels of a cell. */
#include "cells_avx512.h"

/* The sums of `rows` rows and `cells` columns of output: x at their first tap, y at the first of them. */
TILE void tile(
    const struct band *band, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t cells,
    const float *x, float *y) {
    const int64_t x_cell = band->x_cell;
    __m512 sums[TILE_ROWS][TILE_CELLS];
    start(band, rows, cells, sums);
    UNROLL
    for (int32_t read = 0; read < (rows - 1) * stride + taps; read++) {
        __m512 weights[TILE_ROWS][MOST_TAPS];
        load(read, taps, stride, rows, band->w, band->w_tap, weights);
        UNROLL
        for (int32_t column = 0; column < (cells - 1) * stride + taps; column++) {
            const __m512 number = _mm512_loadu_ps(x + column * x_cell);
            add(read, column, taps, stride, rows, cells, number, weights, sums);
        }
        x += band->x_row;
        /* Hidden from the compiler, which would keep the addresses of all rows. */
        __asm__ volatile("" : "+r"(x));
    }
    store(band, rows, cells, sums, y);
}

#include "cells_rows.h"

ROWS_OF(3, 1, TILE_ROWS)
ROWS_OF(3, 2, TILE_ROWS)
ROWS_OF(5, 1, TILE_ROWS)
ROWS_OF(5, 2, 2)

/* One tap: a number times its channel's weight. Cells follow each other in memory, and so do their channels. */
TARGET static void scale(const struct band *band, int32_t channels, int32_t rows, int32_t cells, const float *bias) {
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t cell = 0; cell < cells; cell++) {
            const float *x = band->x + row * band->x_row + cell * band->x_cell;
            float *y = band->y + row * band->y_row + cell * band->y_cell;
            for (int32_t channel = 0; channel < channels; channel += LANES) {
                const __mmask16 some = lanes(channels - channel);
                const __m512 start = bias ? _mm512_maskz_loadu_ps(some, bias + channel) : _mm512_setzero_ps();
                const __m512 weight = _mm512_maskz_loadu_ps(some, band->w + channel);
                const __m512 sum = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(some, x + channel), weight, start);
                _mm512_mask_storeu_ps(y + channel, some, clamped(band, sum));
            }
        }
    }
}

TARGET void nereid_f32_depthwise_cells_avx512(
    int32_t channels, int32_t rows, int32_t cells, const float *x, int64_t x_row, int64_t x_cell, const float *w,
    int64_t w_tap, int32_t taps, int32_t stride, const float *bias, float low, float high, float *y, int64_t y_row,
    int64_t y_cell) {
    struct band band = {.x_row = x_row, .x_cell = x_cell, .w_tap = w_tap, .y_row = y_row, .y_cell = y_cell};
    band.low = _mm512_set1_ps(low);
    band.high = _mm512_set1_ps(high);
    if (taps == 1) {
        band.x = x;
        band.w = w;
        band.y = y;
        scale(&band, channels, rows, cells, bias);
        return;
    }
    for (int32_t channel = 0; channel < channels; channel += LANES) {
        band.stored = lanes(channels - channel);
        band.x = x + channel;
        band.w = w + channel;
        band.y = y + channel;
        band.start = bias ? _mm512_maskz_loadu_ps(band.stored, bias + channel) : _mm512_setzero_ps();
        if (taps == 3) {
            (stride == 1 ? rows_3_1 : rows_3_2)(&band, rows, cells);
        } else {
            (stride == 1 ? rows_5_1 : rows_5_2)(&band, rows, cells);
        }
    }
}
