/*
 * bf16 products with AMX: tiles of 16 rows, and one, two or three of 16 columns side by side. A step of 16 pairs loads a tile
 * of rows and one for each of the columns, in less time than their products take. A product of tiles adds the first elements of
 * its pairs and the second ones apart, each from zero on, and then both to the sum; it takes subnormal numbers for zeros.
 */
#include "amx.h"
#include "nereid.h"

#include <immintrin.h>
#include <math.h>

#define COLUMNS AMX_ROWS
#define PAIRS (AMX_ROW_BYTES / 4)
#define MOST_TILES 3
#define LINE 64

/* Pairs of a row of the left side, run after run, and the panel that they are multiplied with. */
struct operands {
    const uint32_t *a;
    int64_t lda;
    int64_t run_stride;
    const uint32_t *b;
    int64_t ldb;
    int32_t runs;
    int32_t k;
};

/* What is brought nearer while a panel is read. */
struct ahead {
    const char *at;
    const char *end;
};

/* Shapes tiles: 0 to 2 of sums, 3 of rows, 4 to 6 of the panel. */
static void configure(int32_t rows, int32_t columns, int32_t pairs) {
    struct amx_tiles tiles = {.palette = 1};
    for (int32_t tile = 0; tile < MOST_TILES && columns > tile * COLUMNS; tile++) {
        const int32_t left = columns - tile * COLUMNS;
        const uint16_t bytes = (uint16_t)(4 * (left < COLUMNS ? left : COLUMNS));
        tiles.rows[tile] = (uint8_t)rows;
        tiles.row_bytes[tile] = bytes;
        tiles.rows[4 + tile] = (uint8_t)pairs;
        tiles.row_bytes[4 + tile] = bytes;
    }
    tiles.rows[3] = (uint8_t)rows;
    tiles.row_bytes[3] = (uint16_t)(4 * pairs);
    TILES_CONFIGURE(&tiles);
}

#define INLINE static inline __attribute__((always_inline))

INLINE void load(const float *from, int64_t row, const int32_t tiles) {
    TILE_LOAD(0, from, 4 * row);
    if (tiles > 1) {
        TILE_LOAD(1, from + COLUMNS, 4 * row);
    }
    if (tiles > 2) {
        TILE_LOAD(2, from + 2 * COLUMNS, 4 * row);
    }
}

INLINE void store(float *to, int64_t row, const int32_t tiles) {
    TILE_STORE(0, to, 4 * row);
    if (tiles > 1) {
        TILE_STORE(1, to + COLUMNS, 4 * row);
    }
    if (tiles > 2) {
        TILE_STORE(2, to + 2 * COLUMNS, 4 * row);
    }
}

/* Adds the products of as many pairs as tiles are shaped for. */
INLINE void step(const uint32_t *a, int64_t lda, const uint32_t *b, int64_t ldb, const int32_t tiles) {
    TILE_LOAD(3, a, 4 * lda);
    TILE_LOAD(4, b, 4 * ldb);
    TILE_DOT_BF16(0, 3, 4);
    if (tiles > 1) {
        TILE_LOAD(5, b + COLUMNS, 4 * ldb);
        TILE_DOT_BF16(1, 3, 5);
    }
    if (tiles > 2) {
        TILE_LOAD(6, b + 2 * COLUMNS, 4 * ldb);
        TILE_DOT_BF16(2, 3, 6);
    }
}

/* As many lines as a step reads of its panel. */
INLINE void fetch(struct ahead *ahead, int64_t ldb) {
    const char *const wanted = ahead->at + PAIRS * 4 * ldb;
    const char *const end = wanted < ahead->end ? wanted : ahead->end;
    for (; ahead->at < end; ahead->at += LINE) {
        _mm_prefetch(ahead->at, _MM_HINT_T1);
    }
}

/* Adds to the sums in c the products of the last pairs of each run, which fill no step. One text for any number of tiles. */
static __attribute__((noinline, noclone)) void add_rest(
    const struct operands *o, int32_t rows, int32_t columns, int32_t rest, float *c, int64_t ldc, const int32_t tiles) {
    const int64_t whole = o->k - rest;
    const uint32_t *a = o->a + whole;
    const uint32_t *b = o->b + whole * o->ldb;
    configure(rows, columns, rest);
    load(c, ldc, tiles);
    for (int32_t run = 0; run < o->runs; run++, a += o->run_stride, b += (int64_t)o->k * o->ldb) {
        step(a, o->lda, b, o->ldb, tiles);
    }
    store(c, ldc, tiles);
}

/* Adds to the sums of up to 16 rows, which are in tiles shaped for whole steps, and leaves them in c. */
INLINE void multiply(
    const struct operands *o, int32_t rows, int32_t columns, float *c, int64_t ldc, struct ahead *ahead,
    const int32_t tiles) {
    for (int32_t run = 0; run < o->runs; run++) {
        const uint32_t *a = o->a + run * o->run_stride;
        const uint32_t *b = o->b + (int64_t)run * o->k * o->ldb;
        for (int32_t p = o->k; p >= PAIRS; p -= PAIRS, a += PAIRS, b += PAIRS * o->ldb) {
            step(a, o->lda, b, o->ldb, tiles);
            fetch(ahead, o->ldb);
        }
    }
    store(c, ldc, tiles);
    const int32_t rest = o->k % PAIRS;
    if (rest > 0) {
        add_rest(o, rows, columns, rest, c, ldc, tiles);
    }
}

static void add(float *c, int64_t ldc, int32_t rows, int32_t columns, const float *sums, int64_t sums_row) {
    for (int32_t i = 0; i < rows; i++, c += ldc, sums += sums_row) {
        for (int32_t j = 0; j < columns; j++) {
            c[j] += sums[j];
        }
    }
}

/* A comparison with NaN is false, which leaves it. */
static void clamp(float *c, int64_t ldc, int32_t rows, int32_t columns, float low, float high) {
    for (int32_t i = 0; i < rows; i++, c += ldc) {
        for (int32_t j = 0; j < columns; j++) {
            const float raised = c[j] < low ? low : c[j];
            c[j] = raised > high ? high : raised;
        }
    }
}

INLINE void panel(
    const struct operands *all, int32_t rows, int32_t columns, struct ahead ahead, float *c, int64_t ldc,
    const int32_t continues, const int32_t tiles) {
    for (int32_t row = 0; row < rows; row += AMX_ROWS) {
        const int32_t height = rows - row < AMX_ROWS ? rows - row : AMX_ROWS;
        struct operands operands = *all;
        operands.a += row * operands.lda;
        /* With zeros in all tiles. */
        configure(height, columns, PAIRS);
        if (continues) {
            load(c + row * ldc, ldc, tiles);
        }
        multiply(&operands, height, columns, c + row * ldc, ldc, &ahead, tiles);
    }
}

void nereid_bf16_panel_amx(NEREID_PANEL_PARAMETERS(uint32_t)) {
    const struct operands operands = {a, lda, run_stride, b, ldb, runs, k};
    const struct ahead ahead = {(const char *)next, (const char *)next + next_bytes};
    const int32_t continues = sums == c;
    if (columns > 2 * COLUMNS) {
        panel(&operands, rows, columns, ahead, c, ldc, continues, 3);
    } else if (columns > COLUMNS) {
        panel(&operands, rows, columns, ahead, c, ldc, continues, 2);
    } else {
        panel(&operands, rows, columns, ahead, c, ldc, continues, 1);
    }
    TILES_RELEASE();
    if (sums && !continues) {
        add(c, ldc, rows, columns, sums, sums_row);
    }
    if (low > -INFINITY || high < INFINITY) {
        clamp(c, ldc, rows, columns, low, high);
    }
}
