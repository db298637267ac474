/*
 * Max pooling with AVX2. Where two floats cannot be compared the greater one is the second operand, so that
 * NaN may get lost with the next value: what is read is compared with what was, two by two, to tell whether there
 * was one.
 */
#include "vectors_avx2.h"

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define EITHER(x, y) _mm256_or_ps(x, y)
#define NOT_COMPARABLE(x, y) _mm256_cmp_ps(x, y, _CMP_UNORD_Q)
#define NONE(lanes) (_mm256_movemask_ps(lanes) == 0)
#define LOWEST SPREAD(-__builtin_inff())

/* The maximum of a window for one or two vectors of channels. Returns `odd` and the lanes with NaN. */
INLINE FLOATS maximum_of(
    const int32_t vectors, int32_t rows, int32_t columns, const float *x, int64_t x_row, int64_t x_column, float *y,
    FLOATS odd) {
    FLOATS highest[2] = {LOWEST, LOWEST};
    for (int32_t row = 0; row < rows; row++) {
        int32_t column = 0;
        for (; column + 1 < columns; column += 2) {
            for (int32_t i = 0; i < vectors; i++) {
                const float *from = x + column * x_column + i * VECTOR;
                const FLOATS next = LOAD_FLOATS(from + x_column);
                highest[i] = HIGHER(highest[i], LOAD_FLOATS(from));
                odd = EITHER(odd, NOT_COMPARABLE(highest[i], next));
                highest[i] = HIGHER(highest[i], next);
            }
        }
        if (column < columns) {
            for (int32_t i = 0; i < vectors; i++) {
                highest[i] = HIGHER(highest[i], LOAD_FLOATS(x + column * x_column + i * VECTOR));
            }
            odd = EITHER(odd, NOT_COMPARABLE(highest[0], highest[vectors - 1]));
        }
        x += x_row;
    }
    for (int32_t i = 0; i < vectors; i++) {
        STORE_FLOATS(y + i * VECTOR, highest[i]);
    }
    return odd;
}

INLINE FLOATS cells_of(
    int32_t channels, int32_t cells, int32_t rows, int32_t columns, const float *x, int64_t x_row, int64_t x_column,
    int64_t x_cell, float *y) {
    FLOATS odd = ZEROS;
    for (int32_t cell = 0; cell < cells; cell++) {
        int32_t channel = 0;
        for (; channel + 2 * VECTOR <= channels; channel += 2 * VECTOR) {
            odd = maximum_of(2, rows, columns, x + channel, x_row, x_column, y + channel, odd);
        }
        /* The last vector overlaps the one before. */
        for (; channel < channels; channel += VECTOR) {
            const int32_t at = channel + VECTOR <= channels ? channel : channels - VECTOR;
            odd = maximum_of(1, rows, columns, x + at, x_row, x_column, y + at, odd);
        }
        x += x_cell;
        y += channels;
    }
    return odd;
}

TARGET int32_t nereid_f32_max_pool_nhwc_avx2(NEREID_MAX_POOL_NHWC_PARAMETERS) {
    x_row /= sizeof(float);
    x_column /= sizeof(float);
    x_cell /= sizeof(float);
    FLOATS odd;
    if (columns == 3) {
        odd = cells_of(channels, cells, rows, 3, x, x_row, x_column, x_cell, y);
    } else if (columns == 2) {
        odd = cells_of(channels, cells, rows, 2, x, x_row, x_column, x_cell, y);
    } else {
        odd = cells_of(channels, cells, rows, columns, x, x_row, x_column, x_cell, y);
    }
    return NONE(odd);
}

/* A vector of the first cells of a row; what is missing of it is the lowest number. */
INLINE FLOATS load_cells(const float *x, int32_t cells) {
    if (cells >= VECTOR) {
        return LOAD_FLOATS(x);
    }
    if (cells <= 0) {
        return LOWEST;
    }
    return _mm256_blendv_ps(LOWEST, LOAD_LAST(cells, x), _mm256_castsi256_ps(MASK(cells)));
}

/* Two vectors of the highest of each column under a row of windows. */
INLINE FLOATS columns_of(
    const int32_t whole, int32_t rows, const float *x, int64_t x_row, int32_t cells, FLOATS highest[2], FLOATS odd) {
    for (int32_t i = 0; i < 2; i++) {
        highest[i] = LOWEST;
    }
    int32_t row = 0;
    for (; row + 1 < rows; row += 2) {
        for (int32_t i = 0; i < 2; i++) {
            const float *from = x + i * VECTOR;
            const FLOATS first = whole ? LOAD_FLOATS(from) : load_cells(from, cells - i * VECTOR);
            const FLOATS next = whole ? LOAD_FLOATS(from + x_row) : load_cells(from + x_row, cells - i * VECTOR);
            highest[i] = HIGHER(highest[i], first);
            odd = EITHER(odd, NOT_COMPARABLE(highest[i], next));
            highest[i] = HIGHER(highest[i], next);
        }
        x += 2 * x_row;
    }
    if (row < rows) {
        for (int32_t i = 0; i < 2; i++) {
            const float *from = x + i * VECTOR;
            highest[i] = HIGHER(highest[i], whole ? LOAD_FLOATS(from) : load_cells(from, cells - i * VECTOR));
        }
        odd = EITHER(odd, NOT_COMPARABLE(highest[0], highest[1]));
    }
    return odd;
}

/* The cells with even numbers of 16, and those with odd ones. */
INLINE void part(const FLOATS cells[2], FLOATS parts[2]) {
    const __m256d even = _mm256_castps_pd(_mm256_shuffle_ps(cells[0], cells[1], 0x88));
    const __m256d odd = _mm256_castps_pd(_mm256_shuffle_ps(cells[0], cells[1], 0xdd));
    parts[0] = _mm256_castpd_ps(_mm256_permute4x64_pd(even, 0xd8));
    parts[1] = _mm256_castpd_ps(_mm256_permute4x64_pd(odd, 0xd8));
}

INLINE void store_parts(const int32_t phases, const FLOATS highest[2], float *line, int64_t part_cells) {
    if (phases == 1) {
        STORE_FLOATS(line, highest[0]);
        STORE_FLOATS(line + VECTOR, highest[1]);
    } else {
        FLOATS parts[2];
        part(highest, parts);
        STORE_FLOATS(line, parts[0]);
        STORE_FLOATS(line + part_cells, parts[1]);
    }
}

/* The highest of each column of `width` under a row of windows, in one part or two. */
INLINE FLOATS down(
    const int32_t phases, int32_t width, int32_t rows, const float *x, int64_t x_row, float *line, int64_t part_cells,
    FLOATS odd) {
    const int32_t step = 2 * VECTOR;
    FLOATS highest[2];
    int32_t cell = 0;
    for (; cell + step <= width; cell += step) {
        odd = columns_of(1, rows, x + cell, x_row, step, highest, odd);
        store_parts(phases, highest, line + cell / phases, part_cells);
    }
    if (cell < width) {
        odd = columns_of(0, rows, x + cell, x_row, width - cell, highest, odd);
        store_parts(phases, highest, line + cell / phases, part_cells);
    }
    return odd;
}

/* As down, with loops of their own for the usual windows. */
INLINE FLOATS down_rows(
    const int32_t phases, int32_t width, int32_t rows, const float *x, int64_t x_row, float *line, int64_t part_cells,
    FLOATS odd) {
    switch (rows) {
    case 2:
        return down(phases, width, 2, x, x_row, line, part_cells, odd);
    case 3:
        return down(phases, width, 3, x, x_row, line, part_cells, odd);
    default:
        return down(phases, width, rows, x, x_row, line, part_cells, odd);
    }
}

/* A row of output from a line without NaN. */
INLINE void across(const float *line, const int64_t *taps, int32_t columns, int32_t cells, float *y) {
    for (int32_t cell = 0; cell < cells; cell += VECTOR) {
        /* The last vector overlaps the one before. */
        const int32_t at = cell + VECTOR <= cells || cells < VECTOR ? cell : cells - VECTOR;
        FLOATS highest = LOAD_FLOATS(line + taps[0] + at);
        for (int32_t column = 1; column < columns; column++) {
            highest = HIGHER(highest, LOAD_FLOATS(line + taps[column] + at));
        }
        if (cells >= VECTOR) {
            STORE_FLOATS(y + at, highest);
        } else {
            _mm256_maskstore_ps(y, MASK(cells), highest);
        }
    }
}

TARGET int32_t nereid_f32_max_pool_plane_avx2(NEREID_MAX_POOL_PLANE_PARAMETERS) {
    const int32_t *input = window, *kernel = window + 2, *stride = window + 4, *dilation = window + 6;
    const int32_t *padding = window + 8, *output = window + 10;
    const int32_t phases = stride[1];
    const int32_t columns = kernel[1];
    const int64_t x_row = (int64_t)dilation[0] * input[1];
    const int64_t line_cells = (int64_t)phases * part_cells;
    int64_t taps[NEREID_MAX_POOL_TAPS];
    for (int32_t column = 0; column < columns; column++) {
        /* So many strides up that it is not negative. */
        const int32_t place = column * dilation[1] - padding[1] + padding[1] * phases;
        taps[column] = (int64_t)(place % phases) * part_cells + place / phases - padding[1];
    }
    FLOATS odd = ZEROS;
    for (int32_t first = 0; first < output[0]; first += line_rows) {
        const int32_t rows = first + line_rows < output[0] ? line_rows : output[0] - first;
        for (int32_t row = 0; row < rows; row++) {
            int32_t top = (first + row) * stride[0] - padding[0];
            int32_t count = kernel[0];
            for (; top < 0; top += dilation[0]) {
                count--;
            }
            while (top + (count - 1) * dilation[0] >= input[0]) {
                count--;
            }
            const float *from = x + (int64_t)top * input[1];
            float *line = lines + row * line_cells;
            odd = phases == 1 ? down_rows(1, input[1], count, from, x_row, line, part_cells, odd)
                              : down_rows(2, input[1], count, from, x_row, line, part_cells, odd);
        }
        for (int32_t row = 0; row < rows; row++) {
            const float *line = lines + row * line_cells;
            if (columns == 3) {
                across(line, taps, 3, output[1], y);
            } else if (columns == 2) {
                across(line, taps, 2, output[1], y);
            } else {
                across(line, taps, columns, output[1], y);
            }
            y += output[1];
        }
    }
    return NONE(odd);
}
