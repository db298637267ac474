/*
 * int8 products on ARM, and convolutions: the text of the functions for each way to multiply. Who includes it has included
 * int8_tiles.h and defines GEMM and CONV, the functions' names. Panels have three vectors of columns.
 */

/* Turns sums: int32 [rows, panel] into c: [rows, columns], the tile at (row, column) of the result. */
TARGET static void finish(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, char *c, int64_t ldc,
    const struct nereid_int8_epilogue *e) {
    for (int32_t j = 0; j < columns; j += LANES) {
        const SOME some = FIRST(columns - j);
        const int64_t at = column + j;
        const INTS start = load_some_ints(some, e->column_start + at);
        const INTS factor = e->column_factor ? load_some_ints(some, e->column_factor + at) : ZERO_INTS;
        const FLOATS scale = e->scale ? load_some_floats(some, e->scale + at) : TO_FLOATS(ZERO_INTS);
        const FLOATS bias = e->bias ? load_some_floats(some, e->bias + at) : TO_FLOATS(ZERO_INTS);
        for (int32_t i = 0; i < rows; i++) {
            char *const to = c + 4 * (i * ldc + j);
            INTS sum = PLUS_INTS(LOAD_INTS(sums + i * VECTORS * LANES + j), start);
            if (e->column_factor) {
                sum = PLUS_INTS(sum, TIMES_INTS(SPREAD_INT(e->row_factor[row + i]), factor));
            }
            if (!e->scale) {
                store_some_ints(some, (int32_t *)to, sum);
                continue;
            }
            FLOATS result = TIMES_FLOATS(TO_FLOATS(sum), scale);
            if (e->bias) {
                result = PLUS_FLOATS(result, bias);
            }
            store_some_floats(some, (float *)to, result);
        }
    }
}

/* The same into bytes c: [rows, columns], as nereid_int8_conv does it. */
TARGET static void finish_bytes(
    const int32_t *sums, int32_t rows, int32_t columns, int64_t row, int64_t column, uint8_t *c, int64_t ldc,
    const struct nereid_int8_epilogue *e, int32_t lowest, int32_t zero_point) {
    const INTS low = SPREAD_INT(lowest);
    const INTS high = SPREAD_INT(lowest + 255);
    const INTS shift = SPREAD_INT(zero_point);
    for (int32_t j = 0; j < columns; j += LANES) {
        const SOME some = FIRST(columns - j);
        const int64_t at = column + j;
        const INTS start = load_some_ints(some, e->column_start + at);
        const INTS factor = e->column_factor ? load_some_ints(some, e->column_factor + at) : ZERO_INTS;
        const FLOATS scale = load_some_floats(some, e->scale + at);
        for (int32_t i = 0; i < rows; i++) {
            INTS sum = PLUS_INTS(LOAD_INTS(sums + i * VECTORS * LANES + j), start);
            if (e->column_factor) {
                sum = PLUS_INTS(sum, TIMES_INTS(SPREAD_INT(e->row_factor[row + i]), factor));
            }
            const INTS rounded = ROUND(TIMES_FLOATS(TO_FLOATS(sum), scale));
            store_some_bytes(some, c + i * ldc + j, WITHIN(low, high, SATURATED_PLUS(rounded, shift)));
        }
    }
}

/* From panel to panel of k = STEP * steps rows. */
TARGET static int64_t panel_bytes(int64_t steps) {
    return VECTORS * LANES * STEP * steps + STARTS * LANES * (int64_t)sizeof(int32_t);
}

/* What stands behind a panel. */
TARGET static const int32_t *starts_of(const int8_t *panel, int64_t steps) {
    return (const int32_t *)(panel + VECTORS * LANES * STEP * steps);
}

/* Rows of the next tile where so many are left: the heights of all differ by one at most. */
static int32_t height(int32_t rows) {
    const int32_t tiles_left = (rows + TALLEST - 1) / TALLEST;
    return (rows + tiles_left - 1) / tiles_left;
}

TARGET void GEMM(NEREID_INT8_GEMM_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    const int64_t offset = 0;
    const int32_t k8 = k4 / 2;
    const int32_t panel_columns = VECTORS * LANES;
    int32_t sums[TALLEST * VECTORS * MOST_LANES];
    for (int32_t column = 0; column < n; column += panel_columns) {
        const int32_t columns = n - column < panel_columns ? n - column : panel_columns;
        const int8_t *panel = b + column / panel_columns * panel_bytes(k8);
        const int32_t *starts = starts_of(panel, k8);
        for (int32_t row = 0, rows; row < m; row += rows) {
            rows = height(m - row);
            const uint8_t *lines[TALLEST];
            for (int32_t i = 0; i < rows; i++) {
                lines[i] = a + (row + i) * lda;
            }
            tiles[rows - 1](lines, 1, &offset, k8, panel, starts, sums);
            finish(sums, rows, columns, row, column, (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
        }
    }
}

TARGET void CONV(NEREID_INT8_CONV_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int32_t k8 = k4 / 2;
    const int64_t steps = (int64_t)runs * k8;
    const int32_t panel_columns = VECTORS * LANES;
    int32_t sums[TALLEST * VECTORS * MOST_LANES];
    for (int32_t column = 0; column < n; column += panel_columns) {
        const int32_t columns = n - column < panel_columns ? n - column : panel_columns;
        const int8_t *panel = b + column / panel_columns * panel_bytes(steps);
        const int32_t *starts = starts_of(panel, steps);
        int32_t line = first / width;
        int32_t at = first % width;
        for (int32_t row = 0, rows; row < positions; row += rows) {
            rows = height(positions - row);
            const uint8_t *windows[TALLEST];
            for (int32_t i = 0; i < rows; i++) {
                windows[i] = a + lines[line] + at * pixel;
                if (++at == width) {
                    at = 0;
                    line++;
                }
            }
            tiles[rows - 1](windows, runs, run_offsets, k8, panel, starts, sums);
            const int64_t to = row * ldc + column;
            if (scale) {
                finish_bytes(
                    sums, rows, columns, row, column, (uint8_t *)c + to, ldc, &epilogue, lowest, zero_point);
            } else {
                finish(sums, rows, columns, row, column, (char *)c + 4 * to, ldc, &epilogue);
            }
        }
    }
}
