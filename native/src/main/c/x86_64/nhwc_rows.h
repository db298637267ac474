/*
 * Rows of output cells by a function of the includer's, all of whose numbers but the places are known to the compiler:
 *
 *   tile(band, taps, stride, rows, cells, x, y)
 *
 * computes `rows` rows of `cells` cells, x at their first tap.
 */
/* Some rows of output cells; the last tile overlaps the one before if it is not whole. */
TILE void strip(
    const struct band *band, const int32_t taps, const int32_t stride, const int32_t rows, int32_t cells, const float *x,
    float *y) {
    if (cells < TILE_CELLS) {
        for (int32_t cell = 0; cell < cells; cell++) {
            tile(band, taps, stride, rows, 1, x + cell * stride * band->x_cell, y + cell * band->y_cell);
        }
        return;
    }
    for (int32_t done = 0; done < cells; done += TILE_CELLS) {
        const int64_t cell = done < cells - TILE_CELLS ? done : cells - TILE_CELLS;
        tile(band, taps, stride, rows, TILE_CELLS, x + cell * stride * band->x_cell, y + cell * band->y_cell);
    }
}

/* HEIGHT: rows of a tile, at most TILE_ROWS; with fewer the sums, weights and numbers of the widest fit the registers. */
#define ROWS_OF(TAPS, STRIDE, HEIGHT)                                                                                  \
    TARGET static void rows_##TAPS##_##STRIDE(const struct band *band, int32_t rows, int32_t cells) {                  \
        int64_t row = 0;                                                                                               \
        for (; row + (HEIGHT) <= rows; row += (HEIGHT)) {                                                              \
            const float *x = band->x + row * (STRIDE) * band->x_row;                                                   \
            strip(band, TAPS, STRIDE, HEIGHT, cells, x, band->y + row * band->y_row);                                  \
        }                                                                                                              \
        const float *x = band->x + row * (STRIDE) * band->x_row;                                                       \
        float *y = band->y + row * band->y_row;                                                                        \
        if ((HEIGHT) > 2 && rows - row == 2) {                                                                         \
            strip(band, TAPS, STRIDE, 2, cells, x, y);                                                                 \
        } else if (row < rows) {                                                                                       \
            strip(band, TAPS, STRIDE, 1, cells, x, y);                                                                 \
        }                                                                                                              \
    }
