/*
 * Grouped 3 x 3 convolution with the channels last (NHWC), in groups narrower than half a vector: a vector of sums is the filters
 * of some groups. A vector of x has the channels of all of them; for each channel of a group it is permuted so that every
 * filter meets that channel of its own group, once for all cells that read it. The includer includes vectors_avx512.h or
 * vectors_avx2.h before, and defines TARGET and FUNCTION.
 */
#define TAPS 3
#define WEIGHED_ROWS TILE_ROWS

#include "nhwc.h"

/* Not unrolled: the compiler would have the sums wait on the stack. */
#define LOOP _Pragma("GCC unroll 1")

TILE void tile(
    const struct band *band, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t cells,
    const float *x, float *y) {
    const int64_t channels = band->channels;
    const int64_t x_cell = band->x_cell;
    FLOATS sums[TILE_ROWS][TILE_CELLS];
    start(rows, cells, sums);
    UNROLL
    for (int32_t read = 0; read < (rows - 1) * stride + taps; read++) {
        LOOP
        for (int64_t channel = 0; channel < channels; channel++) {
            const PLACES own = LOAD_PLACES(band->own + channel * VECTOR);
            FLOATS weights[WEIGHED_ROWS][MOST_TAPS];
            load(read, taps, stride, 0, rows, band->w + channel * VECTOR, channels * VECTOR, weights);
            UNROLL
            for (int32_t column = 0; column < (cells - 1) * stride + taps; column++) {
                const FLOATS number = PICK(own, LOAD_FLOATS(x + column * x_cell));
                add(read, column, taps, stride, 0, rows, cells, number, weights, sums);
            }
        }
        x += band->x_row;
    }
    store(band, rows, cells, band->addend, band->stored, sums, y);
}

#include "nhwc_rows.h"

ROWS_OF(3, 1, TILE_ROWS)
ROWS_OF(3, 2, TILE_ROWS)

TARGET void FUNCTION(NEREID_GROUPED_NHWC_PARAMETERS) {
    struct band band = {.x_row = x_row, .x_cell = x_cell, .own = own, .y_row = y_row, .y_cell = y_cell};
    band.channels = channels;
    band.low = SPREAD(low);
    band.high = SPREAD(high);
    for (int32_t filter = 0; filter < filters; filter += vector_filters) {
        const int32_t left = filters - filter;
        band.stored = lanes(left < vector_filters ? left : vector_filters);
        band.x = x;
        band.w = w;
        band.y = y + filter;
        band.addend = bias ? LOAD_LAST(band.stored, bias + filter) : ZEROS;
        (stride == 1 ? rows_3_1 : rows_3_2)(&band, rows, cells);
        x += vector_channels;
        w += TAPS * TAPS * channels * VECTOR;
    }
}
