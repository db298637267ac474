/* The tiles of a recurrent layer and the loop over its steps; recurrent.h says what is defined before. */
#include "rows.h"

#define ROW(i) const float *const h##i = s.h + i * s.h_row;

#define SUM(i, b, j) s##i##_##b##_##j
#define DECLARE(i, b, j) FLOATS SUM(i, b, j) = ZEROS;
#define DECLARE_1(i) GATES(DECLARE, i, 0)
#define DECLARE_2(i) DECLARE_1(i) GATES(DECLARE, i, 1)

#define COMPLETE(i, b, j) SUM(i, b, j) = PLUS(SUM(i, b, j), ADDEND(i, b, j));
#define COMPLETE_1(i) GATES(COMPLETE, i, 0)
#define COMPLETE_2(i) COMPLETE_1(i) GATES(COMPLETE, i, 1)

#define WEIGHTS(b, j) LOAD_FLOATS(r + b * block + at + j * UNITS)

/* A row of weights is in registers, and one factor after the other. */
#define BY_ROW(HEIGHT, BLOCKS) LOAD_##BLOCKS ROWS_##HEIGHT(ADD_##BLOCKS)
#define LOAD(i, b, j) const FLOATS r##b##j = WEIGHTS(b, j);
#define LOAD_1 GATES(LOAD, 0, 0)
#define LOAD_2 LOAD_1 GATES(LOAD, 0, 1)
#define ADD(i, b, j) SUM(i, b, j) = TIMES_PLUS(factor, r##b##j, SUM(i, b, j));
#define ADD_1(i) FACTOR(i, GATES(ADD, i, 0))
#define ADD_2(i) FACTOR(i, GATES(ADD, i, 0) GATES(ADD, i, 1))
#define FACTOR(i, ADDITIONS_OF_ROW)                                                                                    \
    {                                                                                                                  \
        const FLOATS factor = SPREAD(h##i[p]);                                                                         \
        ADDITIONS_OF_ROW                                                                                               \
    }

/*
 * The factors of all rows are in registers, and one vector of weights after the other: gcc would read it from memory once for
 * each of two rows.
 */
#define BY_COLUMN(HEIGHT, BLOCKS) ROWS_##HEIGHT(SPREAD_FACTOR) COLUMNS_##BLOCKS(HEIGHT)
#define SPREAD_FACTOR(i) const FLOATS f##i = SPREAD(h##i[p]);
#define COLUMNS_1(HEIGHT) GATES(COLUMN_OF_##HEIGHT, 0, 0)
#define COLUMNS_2(HEIGHT) COLUMNS_1(HEIGHT) GATES(COLUMN_OF_##HEIGHT, 0, 1)
#define COLUMN_OF_1(i, b, j) SUM(0, b, j) = TIMES_PLUS(f0, WEIGHTS(b, j), SUM(0, b, j));
#define COLUMN_OF_2(i, b, j) COLUMN(b, j, MULTIPLY(0, b, j) MULTIPLY(1, b, j))
#define COLUMN_OF_3(i, b, j) COLUMN(b, j, MULTIPLY(0, b, j) MULTIPLY(1, b, j) MULTIPLY(2, b, j))
#define MULTIPLY(i, b, j) SUM(i, b, j) = TIMES_PLUS(f##i, weights, SUM(i, b, j));
#define COLUMN(b, j, ADDITIONS_OF_COLUMN)                                                                              \
    {                                                                                                                  \
        FLOATS weights = WEIGHTS(b, j);                                                                                \
        __asm__("" : "+x"(weights));                                                                                   \
        ADDITIONS_OF_COLUMN                                                                                            \
    }

#define OPEN_1(i) OPEN(i, 0, last)
#define OPEN_2(i) OPEN(i, 0, FULL) OPEN(i, 1, last)
#define FINISH_1(i) FINISH(i, 0, last)
#define FINISH_2(i) FINISH(i, 0, FULL) FINISH(i, 1, last)

/* There is one unit at least. */
#define TILE(HEIGHT, BLOCKS)                                                                                           \
    TARGET static void tile_##HEIGHT##_##BLOCKS(struct step s, const float *r, LAST last) {                            \
        const int64_t block = (int64_t)s.k * WIDTH;                                                                    \
        (void)block;                                                                                                   \
        ROWS_##HEIGHT(ROW)                                                                                             \
        ROWS_##HEIGHT(DECLARE_##BLOCKS)                                                                                \
        int64_t p = 0;                                                                                                 \
        int64_t at = 0;                                                                                                \
        do {                                                                                                           \
            ADDITIONS(HEIGHT, BLOCKS)                                                                                  \
            at += WIDTH;                                                                                               \
        } while (++p < s.k);                                                                                           \
        ROWS_##HEIGHT(COMPLETE_##BLOCKS)                                                                               \
        ROWS_##HEIGHT(OPEN_##BLOCKS)                                                                                   \
        ROWS_##HEIGHT(FINISH_##BLOCKS)                                                                                 \
    }

#define TILE_OF_ONE(HEIGHT) TILE(HEIGHT, 1)
#define TILE_OF_TWO(HEIGHT) TILE(HEIGHT, 2)
TILES(TILE_OF_ONE)
WIDE_TILES(TILE_OF_TWO)

typedef void tile(struct step s, const float *r, LAST last);

#define ENTRY(HEIGHT) tile_##HEIGHT##_1,
#define WIDE_ENTRY(HEIGHT) tile_##HEIGHT##_2,
static tile *const tiles[TALLEST] = {TILES(ENTRY)};
static tile *const wide_tiles[FEW] = {WIDE_TILES(WIDE_ENTRY)};

/* Of two blocks. */
static const float no_bias[2 * UNITS];

static void FUNCTION(NEREID_RECURRENT_PARAMETERS, float *c, const float *bias) {
    const int32_t together = batch <= FEW ? 2 : 1;
    const int32_t groups = (to - from + together - 1) / together;
    const int32_t bands = (batch + TALLEST - 1) / TALLEST;
    for (int32_t t = 0; t < steps; t++) {
        for (int32_t g = 0; g < groups; g++) {
            const int32_t block = from + (t % 2 ? groups - 1 - g : g) * together;
            const int32_t count = to - block < together ? to - block : together;
            const int32_t unit = block * UNITS;
            const int32_t beyond = unit + count * UNITS - hidden;
            const LAST last = LAST_OF(UNITS - (beyond > 0 ? beyond : 0));
            struct step s = {
                hidden, x + (int64_t)block * WIDTH, x_row, h, h_row, h + unit, y + unit, y_row, c ? c + unit : 0,
                bias ? bias + unit : no_bias};
            /* Heights differ by one at most: two tiles of five and four rows are faster than one of eight and one of one. */
            for (int32_t band = 0, row = 0; band < bands; band++) {
                const int32_t height = (batch - row + bands - band - 1) / (bands - band);
                tile *const run = count == 2 ? wide_tiles[height - 1] : tiles[height - 1];
                run(s, r + (int64_t)block * hidden * WIDTH, last);
                s.x += height * x_row;
                s.h += height * h_row;
                s.old += height * h_row;
                s.y += height * y_row;
                s.c = c ? s.c + (int64_t)height * hidden : 0;
                row += height;
            }
        }
        h = y;
        h_row = y_row;
        x += x_step;
        y += y_step;
    }
}
