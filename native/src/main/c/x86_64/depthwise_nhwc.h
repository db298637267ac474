/*
 * Depthwise convolution with the channels last (NHWC): a vector is some channels of a cell. The includer includes
 * vectors_avx512.h or vectors_avx2.h before, and defines TARGET and FUNCTION.
 */
/* With 16 registers the sums leave room for the weights of one row. */
#define WEIGHED_ROWS (VECTOR == 16 ? TILE_ROWS : 1)

#include "nhwc.h"

/*
 * Channels that are done with before the next tile. With AVX2 these are several vectors, which are only half a line of the
 * cache each; the last one of them overlaps the one before, because masks are slow there.
 */
#define BLOCK (VECTOR == 16 ? VECTOR : 64)

/*
 * The sums of `rows` rows and `cells` columns of output for a vector of channels: w at its first tap, x at what that is
 * multiplied with, y at the first of the sums.
 */
TILE void sum_up(
    const struct band *band, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t cells,
    FLOATS bias, LAST stored, const float *w, const float *x, float *y) {
    const int64_t x_cell = band->x_cell;
    FLOATS sums[TILE_ROWS][TILE_CELLS];
    start(rows, cells, sums);
    UNROLL
    for (int32_t read = 0; read < (rows - 1) * stride + taps; read++) {
        UNROLL
        for (int32_t first = 0; first < rows; first += WEIGHED_ROWS) {
            if (any_reads(read, taps, stride, first, rows)) {
                FLOATS weights[WEIGHED_ROWS][MOST_TAPS];
                load(read, taps, stride, first, rows, w, band->w_tap, weights);
                UNROLL
                for (int32_t column = 0; column < (cells - 1) * stride + taps; column++) {
                    FLOATS number = LOAD_FLOATS(x + column * x_cell);
                    HOLD(number);
                    add(read, column, taps, stride, first, rows, cells, number, weights, sums);
                }
                if (first + WEIGHED_ROWS < rows) {
                    /* Hidden from the compiler, which would keep all numbers until they are read again. */
                    __asm__ volatile("" : "+r"(x));
                }
            }
        }
        x += band->x_row;
        /* Hidden from the compiler, which would keep the addresses of all rows. */
        __asm__ volatile("" : "+r"(x));
    }
    store(band, rows, cells, bias, stored, sums, y);
}

TILE void tile(
    const struct band *band, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t cells,
    const float *x, float *y) {
    if (BLOCK == VECTOR) {
        sum_up(band, taps, stride, rows, cells, band->addend, band->stored, band->w, x, y);
        return;
    }
    const int64_t last = band->channels - VECTOR;
    for (int64_t channel = 0; channel < band->channels; channel += VECTOR) {
        const int64_t at = channel < last ? channel : last;
        const FLOATS bias = band->bias ? LOAD_FLOATS(band->bias + at) : ZEROS;
        sum_up(band, taps, stride, rows, cells, bias, LAST_OF(VECTOR), band->w + at, x + at, y + at);
    }
}

#include "nhwc_rows.h"

ROWS_OF(3, 1, TILE_ROWS)
ROWS_OF(3, 2, TILE_ROWS)
ROWS_OF(5, 1, TILE_ROWS)
ROWS_OF(5, 2, 2)

/* One tap: a number times its channel's weight. Cells follow each other in memory, and so do their channels. */
TARGET static void scale(struct band own, int32_t channels, int32_t rows, int32_t cells, const float *bias) {
    /* By value: of what has an address the compiler thinks that results are stored there. */
    const struct band *const band = &own;
    for (int64_t row = 0; row < rows; row++) {
        for (int64_t cell = 0; cell < cells; cell++) {
            const float *x = band->x + row * band->x_row + cell * band->x_cell;
            float *y = band->y + row * band->y_row + cell * band->y_cell;
            int32_t channel = 0;
            for (; channel <= channels - VECTOR; channel += VECTOR) {
                const FLOATS addend = bias ? LOAD_FLOATS(bias + channel) : ZEROS;
                const FLOATS sum = PLUS(TIMES(LOAD_FLOATS(x + channel), LOAD_FLOATS(band->w + channel)), addend);
                STORE_FLOATS(y + channel, clamped(band, sum));
            }
            if (channel < channels) {
                const LAST some = LAST_OF(channels - channel);
                const FLOATS addend = bias ? LOAD_LAST(some, bias + channel) : ZEROS;
                const FLOATS weight = LOAD_LAST(some, band->w + channel);
                const FLOATS sum = PLUS(TIMES(LOAD_LAST(some, x + channel), weight), addend);
                STORE_LAST(some, y + channel, clamped(band, sum));
            }
        }
    }
}

TARGET void FUNCTION(NEREID_DEPTHWISE_NHWC_PARAMETERS) {
    struct band band = {.x_row = x_row, .x_cell = x_cell, .w_tap = w_tap, .y_row = y_row, .y_cell = y_cell};
    band.low = SPREAD(low);
    band.high = SPREAD(high);
    if (taps == 1) {
        band.x = x;
        band.w = w;
        band.y = y;
        scale(band, channels, rows, cells, bias);
        return;
    }
    for (int32_t channel = 0; channel < channels; channel += BLOCK) {
        band.channels = channels - channel < BLOCK ? channels - channel : BLOCK;
        band.stored = lanes(channels - channel);
        band.x = x + channel;
        band.w = w + channel;
        band.y = y + channel;
        band.bias = bias ? bias + channel : 0;
        band.addend = bias ? LOAD_LAST(band.stored, bias + channel) : ZEROS;
        if (taps == 3) {
            (stride == 1 ? rows_3_1 : rows_3_2)(&band, rows, cells);
        } else {
            (stride == 1 ? rows_5_1 : rows_5_2)(&band, rows, cells);
        }
    }
}
