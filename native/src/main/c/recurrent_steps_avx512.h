/* The tiles of a recurrent layer and the loop over its steps; recurrent_avx512.h says what is defined before. */

#define ROWS_1(X) X(0)
#define ROWS_2(X) ROWS_1(X) X(1)
#define ROWS_3(X) ROWS_2(X) X(2)
#define ROWS_4(X) ROWS_3(X) X(3)
#define ROWS_5(X) ROWS_4(X) X(4)
#define ROWS_6(X) ROWS_5(X) X(5)
#define ROWS_7(X) ROWS_6(X) X(6)
#define ROWS_8(X) ROWS_7(X) X(7)

#define ROW(i) const float *const h##i = s.h + i * s.h_row;

#define SUM(i, b, j) s##i##_##b##_##j
#define DECLARE(i, b, j) __m512 SUM(i, b, j) = START(i, b, j);
#define DECLARE_1(i) GATES(DECLARE, i, 0)
#define DECLARE_2(i) DECLARE_1(i) GATES(DECLARE, i, 1)

#define LOAD(i, b, j) const __m512 r##b##j = _mm512_loadu_ps(r + b * block + at + j * UNITS);
#define LOAD_1 GATES(LOAD, 0, 0)
#define LOAD_2 LOAD_1 GATES(LOAD, 0, 1)

#define ADD(i, b, j) SUM(i, b, j) = FMA(factor, r##b##j, SUM(i, b, j));
#define ADD_1(i) FACTOR(i, GATES(ADD, i, 0))
#define ADD_2(i) FACTOR(i, GATES(ADD, i, 0) GATES(ADD, i, 1))
#define FACTOR(i, ADDITIONS)                                                                                           \
    {                                                                                                                  \
        const __m512 factor = SET(h##i[p]);                                                                            \
        ADDITIONS                                                                                                      \
    }

#define FINISH_1(i) FINISH(i, 0, last)
#define FINISH_2(i) FINISH(i, 0, FULL) FINISH(i, 1, last)

#define TILE(HEIGHT, BLOCKS)                                                                                           \
    TARGET static void tile_##HEIGHT##_##BLOCKS(struct step s, const float *r, __mmask16 last) {                       \
        const int64_t block = (int64_t)s.k * WIDTH;                                                                    \
        (void)block;                                                                                                   \
        ROWS_##HEIGHT(ROW)                                                                                             \
        ROWS_##HEIGHT(DECLARE_##BLOCKS)                                                                                \
        for (int64_t p = 0, at = 0; p < s.k; p++, at += WIDTH) {                                                       \
            LOAD_##BLOCKS                                                                                              \
            ROWS_##HEIGHT(ADD_##BLOCKS)                                                                                \
        }                                                                                                              \
        ROWS_##HEIGHT(FINISH_##BLOCKS)                                                                                 \
    }

#define TILE_OF_ONE(HEIGHT) TILE(HEIGHT, 1)
TILES(TILE_OF_ONE)
TILE(1, 2)
TILE(2, 2)

typedef void tile(struct step s, const float *r, __mmask16 last);

#define ENTRY(HEIGHT) tile_##HEIGHT##_1,
static tile *const tiles[TALLEST] = {TILES(ENTRY)};

/* Most rows of a tile of two blocks. */
#define FEW 2
static tile *const wide_tiles[FEW] = {tile_1_2, tile_2_2};

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
            const __mmask16 last = (__mmask16)(FULL >> (beyond > 0 ? beyond : 0));
            struct step s = {
                hidden, x + (int64_t)block * WIDTH, x_row, h, h_row, h + unit, y + unit, y_row, c ? c + unit : 0,
                bias ? bias + unit : 0, bias ? FULL : 0};
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
