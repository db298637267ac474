/*
 * int8 products with AMX: of 32 rows and two panels, whose sums fill four of the eight tiles. A step of 64 bytes of k loads
 * two tiles of rows and two of panels, in half the time that the four products of them take. Rows are copied first, so that
 * they lie in the L1 cache at a distance that suits it: windows of a convolution have none of their own.
 */
#include "amx.h"
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))
#define PANEL NEREID_PANEL_256
#define VECTOR 8

#include "int8_finish_256.h"

#define TALL (2 * AMX_ROWS)
#define DEEP AMX_ROW_BYTES

/* Bytes of k that are copied at a time; sums wait in memory where there are more. */
#define BLOCK 1024

/* From row to row of the copy: an odd number of cache lines. */
#define COPY_ROW (BLOCK + DEEP)

/* Panels that follow each other while the same rows are multiplied. */
#define MOST_PANELS 16

/* The sums of one panel and the rows of a block. */
typedef int32_t panel_sums[TALL][PANEL];

/* The left side: `count` rows from the pointers on, each of runs of `run_bytes`. */
struct rows {
    const uint8_t *const *starts;
    int32_t count;
    int32_t runs;
    const int64_t *offsets;
    int64_t run_bytes;
};

/* The right side: panels one behind the other, each of `k` rows of bytes. */
struct panels {
    const int8_t *at;
    int32_t count;
    int64_t k;
};

static void configure(int32_t rows) {
    const uint8_t high = (uint8_t)(rows < AMX_ROWS ? rows : AMX_ROWS);
    /* A tile without rows has no shape, and an instruction on it is a fault. */
    const uint8_t low = (uint8_t)(rows > AMX_ROWS ? rows - AMX_ROWS : 1);
    const struct amx_tiles tiles = {
        .palette = 1,
        .row_bytes = {DEEP, DEEP, DEEP, DEEP, DEEP, DEEP, DEEP, DEEP},
        /* Sums of the upper rows and the two panels, of the lower rows; both halves of the rows; both panels. */
        .rows = {high, high, low, low, high, low, DEEP / 4, DEEP / 4},
    };
    TILES_CONFIGURE(&tiles);
}

/* Copies the bytes [from, from + deep) of each row. A tile reads on behind them, where panels have zeros. */
static void copy(const struct rows *rows, int64_t from, int64_t deep, uint8_t *to) {
    for (int32_t i = 0; i < rows->count; i++, to += COPY_ROW) {
        int64_t run = from / rows->run_bytes;
        int64_t at = from % rows->run_bytes;
        for (int64_t done = 0; done < deep; run++, at = 0) {
            const int64_t left = rows->run_bytes - at;
            const int64_t bytes = left < deep - done ? left : deep - done;
            memcpy(to + done, rows->starts[i] + rows->offsets[run] + at, (size_t)bytes);
            done += bytes;
        }
    }
}

/* Loads the sums of one panel or of two, of sixteen rows or of more. */
INLINE void load(panel_sums *sums, const int tall, const int wide) {
    TILE_LOAD(0, sums[0][0], DEEP);
    if (wide) {
        TILE_LOAD(1, sums[1][0], DEEP);
    }
    if (tall) {
        TILE_LOAD(2, sums[0][AMX_ROWS], DEEP);
    }
    if (tall && wide) {
        TILE_LOAD(3, sums[1][AMX_ROWS], DEEP);
    }
}

INLINE void store(panel_sums *sums, const int tall, const int wide) {
    TILE_STORE(0, sums[0][0], DEEP);
    if (wide) {
        TILE_STORE(1, sums[1][0], DEEP);
    }
    if (tall) {
        TILE_STORE(2, sums[0][AMX_ROWS], DEEP);
    }
    if (tall && wide) {
        TILE_STORE(3, sums[1][AMX_ROWS], DEEP);
    }
}

/* Adds the products of 64 bytes of each row of the copy and what of the panels they are multiplied with. */
INLINE void step(const uint8_t *a, const int8_t *first, const int8_t *second, const int tall, const int wide) {
    TILE_LOAD(6, first, DEEP);
    TILE_LOAD(4, a, COPY_ROW);
    TILE_DOT_BYTES(0, 4, 6);
    if (tall) {
        TILE_LOAD(5, a + AMX_ROWS * COPY_ROW, COPY_ROW);
        TILE_DOT_BYTES(2, 5, 6);
    }
    if (wide) {
        TILE_LOAD(7, second, DEEP);
        TILE_DOT_BYTES(1, 4, 7);
    }
    if (tall && wide) {
        TILE_DOT_BYTES(3, 5, 7);
    }
}

/* The last rows of a panel, fewer than a tile reads, with zeros behind. */
static const int8_t *completed(const int8_t *panel, int64_t rows, int8_t *room) {
    memcpy(room, panel, (size_t)(rows * PANEL));
    memset(room + rows * PANEL, 0, (size_t)((DEEP - rows) * PANEL));
    return room;
}

/* Adds to sums the products of `deep` bytes of the copied rows and of panels, the second `panel` bytes behind the first. */
INLINE void multiply(
    const uint8_t *a, const int8_t *b, int64_t panel, int64_t deep, int continues, panel_sums *sums, const int tall,
    const int wide) {
    TILE_ZERO(0);
    TILE_ZERO(1);
    TILE_ZERO(2);
    TILE_ZERO(3);
    if (continues) {
        load(sums, tall, wide);
    }
#pragma GCC unroll 1
    for (; deep >= DEEP; deep -= DEEP, a += DEEP, b += DEEP * PANEL) {
        step(a, b, b + panel, tall, wide);
    }
    if (deep > 0) {
        int8_t first[DEEP * PANEL];
        int8_t second[DEEP * PANEL];
        step(a, completed(b, deep, first), wide ? completed(b + panel, deep, second) : second, tall, wide);
    }
    store(sums, tall, wide);
}

/* The sums of all products of up to TALL rows and MOST_PANELS panels; tiles are configured for so many rows. */
TARGET static void products(const struct rows *rows, const struct panels *panels, panel_sums *sums) {
    _Alignas(64) uint8_t a[TALL * COPY_ROW];
    const int tall = rows->count > AMX_ROWS;
    const int64_t panel = panels->k * PANEL;
    int64_t from = 0;
    /* Once at least: sums of nothing are zeros. */
    do {
        const int64_t deep = panels->k - from < BLOCK ? panels->k - from : BLOCK;
        if (deep > 0) {
            copy(rows, from, deep, a);
        }
        for (int32_t i = 0; i < panels->count; i += 2) {
            const int8_t *const b = panels->at + i * panel + from * PANEL;
            const int wide = panels->count - i > 1;
            if (tall && wide) {
                multiply(a, b, panel, deep, from > 0, sums + i, 1, 1);
            } else if (tall) {
                multiply(a, b, panel, deep, from > 0, sums + i, 1, 0);
            } else if (wide) {
                multiply(a, b, panel, deep, from > 0, sums + i, 0, 1);
            } else {
                multiply(a, b, panel, deep, from > 0, sums + i, 0, 0);
            }
        }
        from += BLOCK;
    } while (from < panels->k);
}

/* The panels from a column on, as many as follow each other. */
static struct panels panels_of(const int8_t *b, int32_t n, int64_t k, int32_t column) {
    const int32_t left = (n - column + PANEL - 1) / PANEL;
    return (struct panels){b + column * k, left < MOST_PANELS ? left : MOST_PANELS, k};
}

static int32_t columns_of(int32_t n, int32_t column) {
    return n - column < PANEL ? n - column : PANEL;
}

/* Shapes tiles for a block of rows, where they are not shaped so. */
static int32_t shaped(int32_t shape, int32_t rows) {
    if (shape != rows) {
        configure(rows);
    }
    return rows;
}

void nereid_int8_gemm_amx(NEREID_INT8_GEMM_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, bias};
    const int64_t offset = 0;
    const int64_t k = 4 * (int64_t)k4;
    _Alignas(64) panel_sums sums[MOST_PANELS];
    int32_t shape = 0;
    for (int32_t first = 0; first < n; first += MOST_PANELS * PANEL) {
        const struct panels panels = panels_of(b, n, k, first);
        for (int32_t row = 0; row < m; row += TALL) {
            const uint8_t *starts[TALL];
            const struct rows rows = {starts, m - row < TALL ? m - row : TALL, 1, &offset, k};
            for (int32_t i = 0; i < rows.count; i++) {
                starts[i] = a + (row + i) * lda;
            }
            shape = shaped(shape, rows.count);
            products(&rows, &panels, sums);
            for (int32_t panel = 0; panel < panels.count; panel++) {
                const int32_t column = first + panel * PANEL;
                finish(
                    sums[panel][0], rows.count, columns_of(n, column), row, column,
                    (char *)c + 4 * (row * ldc + column), ldc, &epilogue);
            }
        }
    }
    TILES_RELEASE();
}

TARGET void nereid_int8_conv_amx(NEREID_INT8_CONV_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int64_t k = 4 * (int64_t)k4 * runs;
    _Alignas(64) panel_sums sums[MOST_PANELS];
    int32_t shape = 0;
    for (int32_t begin = 0; begin < n; begin += MOST_PANELS * PANEL) {
        const struct panels panels = panels_of(b, n, k, begin);
        int32_t line = first / width;
        int32_t at = first % width;
        for (int32_t row = 0; row < positions; row += TALL) {
            const uint8_t *starts[TALL];
            const struct rows rows = {
                starts, positions - row < TALL ? positions - row : TALL, runs, run_offsets, 4 * (int64_t)k4};
            for (int32_t i = 0; i < rows.count; i++) {
                starts[i] = a + lines[line] + at * pixel;
                if (++at == width) {
                    at = 0;
                    line++;
                }
            }
            shape = shaped(shape, rows.count);
            products(&rows, &panels, sums);
            for (int32_t panel = 0; panel < panels.count; panel++) {
                const int32_t column = begin + panel * PANEL;
                const int32_t columns = columns_of(n, column);
                const int64_t to = row * ldc + column;
                if (scale) {
                    const struct bytes bytes = bytes_of(&epilogue, column, columns, lowest, zero_point);
                    finish_bytes(
                        &bytes, sums[panel][0], rows.count, columns, (uint8_t *)c + to, ldc,
                        column_factor ? row_factor + row : 0);
                } else {
                    finish(sums[panel][0], rows.count, columns, row, column, (char *)c + 4 * to, ldc, &epilogue);
                }
            }
        }
    }
    TILES_RELEASE();
}
