/*
 * int8 products for CPUs without AVX512: the text of nereid_int8_gemm_avx_vnni and nereid_int8_gemm_avx2, and of the
 * convolutions. Who includes it has included int8_tiles_256.h and defines
 *
 *   GEMM, CONV                    the functions' names
 *   TARGET                        the attribute that names their instructions
 *   PANEL_BYTES(quads)            from panel to panel of k = 4 * quads rows
 *   TILES_OF(panel, quads, k4)    the struct tiles that multiply with a panel of runs of 4 * k4 rows
 *   COMPLETE(panel, quads, rows, count, offsets, k4, sums)
 *                                 adds to the sums of a tile what its tiles have left out
 */

#include "int8_finish_256.h"

/* Rows whose sums wait in the L1 cache and leave it together: whole tiles of two, three, four and six. */
#define STRIP 24

void GEMM(NEREID_INT8_GEMM_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    const int64_t offset = 0;
    _Alignas(64) int32_t sums[TALLEST_OF_ALL * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + column / PANEL * PANEL_BYTES(k4);
        const struct tiles tiles = TILES_OF(panel, k4, k4);
        for (int32_t row = 0; row < m; row += tiles.tallest) {
            const int32_t rows = m - row < tiles.tallest ? m - row : tiles.tallest;
            const uint8_t *starts[TALLEST_OF_ALL];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + (row + i) * lda;
            }
            tiles.run[rows - 1](starts, 1, &offset, k4, panel, sums);
            COMPLETE(panel, k4, starts, rows, &offset, k4, sums);
            finish(sums, rows, columns, row, column, (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
        }
    }
}

TARGET void CONV(NEREID_INT8_CONV_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int32_t quads = runs * k4;
    _Alignas(64) int32_t sums[STRIP * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        const int32_t columns = n - column < PANEL ? n - column : PANEL;
        const int8_t *panel = b + column / PANEL * PANEL_BYTES(quads);
        const struct tiles tiles = TILES_OF(panel, quads, k4);
        struct bytes bytes;
        if (scale) {
            bytes = bytes_of(&epilogue, column, columns, lowest, zero_point);
        }
        int32_t line = first / width;
        int32_t at = first % width;
        for (int32_t row = 0; row < positions; row += STRIP) {
            const int32_t rows = positions - row < STRIP ? positions - row : STRIP;
            const uint8_t *starts[STRIP];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = a + lines[line] + at * pixel;
                if (++at == width) {
                    at = 0;
                    line++;
                }
            }
            for (int32_t i = 0; i < rows; i += tiles.tallest) {
                const int32_t tall = rows - i < tiles.tallest ? rows - i : tiles.tallest;
                tiles.run[tall - 1](starts + i, runs, run_offsets, k4, panel, sums + i * PANEL);
                COMPLETE(panel, quads, starts + i, tall, run_offsets, k4, sums + i * PANEL);
            }
            const int64_t to = row * ldc + column;
            if (scale) {
                finish_bytes(
                    &bytes, sums, rows, columns, (uint8_t *)c + to, ldc, column_factor ? row_factor + row : 0);
            } else {
                finish(sums, rows, columns, row, column, (char *)c + 4 * to, ldc, &epilogue);
            }
        }
    }
}
