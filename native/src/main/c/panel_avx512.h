/*
 * Products with AVX512, panel by panel: the text of nereid_f32_panel_avx512 and nereid_bf16_panel_avx512, which differ in
 * the instruction alone. Who includes it defines
 *
 *   FUNCTION                          its name
 *   TARGET                            the attribute that names its instructions
 *   ELEMENT                           four bytes of a and b: a float, or a pair of bf16 that follow each other in k
 *   OPERAND                           a vector of them
 *   READ(address), BROADCAST(element) make an operand
 *   MULTIPLY_ADD(sum, x, y)           adds the products of two operands to a vector of floats
 *
 * A tile of up to 8 rows and 48 columns is held in 24 registers: every accumulator is a variable with a name of its own,
 * because gcc keeps an array of them on the stack. What Java cannot express is the prefetch: while a panel is multiplied,
 * the next one is brought from memory into the L2 cache, a few lines at a time.
 */
#include "nereid.h"

#include <immintrin.h>
#include <math.h>

#define VECTOR 16
#define TALLEST 8
#define LINE 64

/* Elements of k whose part of a panel stays in the L2 cache while all rows pass. */
#define BLOCK 2048

/* Elements of k between two bursts of prefetches: often enough to spread them, and the loop between stays tight. */
#define STRIDE 8

/* The left side of a tile: rows of `runs` runs of k elements. */
struct left {
    const ELEMENT *at;
    int64_t row;
    int64_t run;
    int32_t runs;
    int32_t k;
};

/* What is being prefetched: [at, end), so many lines a stride. */
struct prefetch {
    const char *at;
    const char *end;
    int64_t bytes;
};

/* Where the sums of a tile start: NULL for zero, else the rows of a matrix. */
struct start {
    const float *at;
    int64_t row;
};

/* What the sums are clamped to, where `clamps`. */
struct range {
    float low;
    float high;
    int32_t clamps;
};

typedef void tile(
    struct left left, __mmask16 last, const ELEMENT *b, float *c, int64_t ldc, struct start start, struct range range,
    struct prefetch *prefetch);

#define FULL 0xffff

#define ROWS_1(X) X(0)
#define ROWS_2(X) ROWS_1(X) X(1)
#define ROWS_3(X) ROWS_2(X) X(2)
#define ROWS_4(X) ROWS_3(X) X(3)
#define ROWS_5(X) ROWS_4(X) X(4)
#define ROWS_6(X) ROWS_5(X) X(5)
#define ROWS_7(X) ROWS_6(X) X(6)
#define ROWS_8(X) ROWS_7(X) X(7)

#define DECLARE(i, j, mask)                                                                                            \
    __m512 s##i##j =                                                                                                   \
        start.at ? _mm512_maskz_loadu_ps(mask, start.at + i * start.row + j * VECTOR) : _mm512_setzero_ps();
#define DECLARE_1(i) DECLARE(i, 0, last)
#define DECLARE_2(i) DECLARE(i, 0, FULL) DECLARE(i, 1, last)
#define DECLARE_3(i) DECLARE(i, 0, FULL) DECLARE(i, 1, FULL) DECLARE(i, 2, last)
#define ROW(i) const ELEMENT *const a##i = left.at + i * left.row;

#define LOAD(j) const OPERAND b##j = READ(b + j * VECTOR);
#define LOAD_1 LOAD(0)
#define LOAD_2 LOAD_1 LOAD(1)
#define LOAD_3 LOAD_2 LOAD(2)

#define ADD(i, j) s##i##j = MULTIPLY_ADD(s##i##j, factor, b##j);
#define ADD_1(i) FACTOR(i, ADD(i, 0))
#define ADD_2(i) FACTOR(i, ADD(i, 0) ADD(i, 1))
#define ADD_3(i) FACTOR(i, ADD(i, 0) ADD(i, 1) ADD(i, 2))
#define FACTOR(i, ADDITIONS)                                                                                           \
    {                                                                                                                  \
        const OPERAND factor = BROADCAST(a##i[p]);                                                                     \
        ADDITIONS                                                                                                      \
    }

/* The numbers of a vector come second: an operand that is not a number is then the result. */
#define CLAMP(i, j) s##i##j = _mm512_min_ps(high, _mm512_max_ps(low, s##i##j));
#define CLAMP_1(i) CLAMP(i, 0)
#define CLAMP_2(i) CLAMP_1(i) CLAMP(i, 1)
#define CLAMP_3(i) CLAMP_2(i) CLAMP(i, 2)

#define STORE(i, j, mask) _mm512_mask_storeu_ps(c + i * ldc + j * VECTOR, mask, s##i##j);
#define STORE_1(i) STORE(i, 0, last)
#define STORE_2(i) STORE(i, 0, FULL) STORE(i, 1, last)
#define STORE_3(i) STORE(i, 0, FULL) STORE(i, 1, FULL) STORE(i, 2, last)

#define TILE(HEIGHT, VECTORS)                                                                                          \
    TARGET static void tile_##HEIGHT##_##VECTORS(                                                                      \
        struct left left, __mmask16 last, const ELEMENT *b, float *c, int64_t ldc, struct start start,                 \
        struct range range, struct prefetch *prefetch) {                                                               \
        ROWS_##HEIGHT(DECLARE_##VECTORS)                                                                               \
        const char *line = prefetch->at;                                                                               \
        for (int32_t run = 0; run < left.runs; run++, left.at += left.run) {                                           \
            ROWS_##HEIGHT(ROW)                                                                                         \
            for (int32_t p = 0; p < left.k;) {                                                                         \
                const char *const wanted = line + prefetch->bytes;                                                     \
                const char *const end = wanted < prefetch->end ? wanted : prefetch->end;                               \
                for (; line < end; line += LINE) {                                                                     \
                    _mm_prefetch(line, _MM_HINT_T1);                                                                   \
                }                                                                                                      \
                const int32_t until = left.k - p > STRIDE ? p + STRIDE : left.k;                                       \
                for (; p < until; p++, b += VECTORS * VECTOR) {                                                        \
                    LOAD_##VECTORS                                                                                     \
                    ROWS_##HEIGHT(ADD_##VECTORS)                                                                       \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        prefetch->at = line;                                                                                           \
        if (range.clamps) {                                                                                            \
            const __m512 low = _mm512_set1_ps(range.low);                                                              \
            const __m512 high = _mm512_set1_ps(range.high);                                                            \
            ROWS_##HEIGHT(CLAMP_##VECTORS)                                                                             \
        }                                                                                                              \
        ROWS_##HEIGHT(STORE_##VECTORS)                                                                                 \
    }

#define TILES(HEIGHT) TILE(HEIGHT, 1) TILE(HEIGHT, 2) TILE(HEIGHT, 3)
TILES(1)
TILES(2)
TILES(3)
TILES(4)
TILES(5)
TILES(6)
TILES(7)
TILES(8)

#define OF_HEIGHT(HEIGHT) {tile_##HEIGHT##_1, tile_##HEIGHT##_2, tile_##HEIGHT##_3}
static tile *const tiles[TALLEST][3] = {
    OF_HEIGHT(1), OF_HEIGHT(2), OF_HEIGHT(3), OF_HEIGHT(4), OF_HEIGHT(5), OF_HEIGHT(6), OF_HEIGHT(7), OF_HEIGHT(8),
};

void FUNCTION(NEREID_PANEL_PARAMETERS(ELEMENT)) {
    const int32_t vectors = (columns + VECTOR - 1) / VECTOR;
    const __mmask16 last = (__mmask16)(FULL >> (vectors * VECTOR - columns));
    const int32_t bands = (rows + TALLEST - 1) / TALLEST;
    const int64_t strides = (int64_t)bands * runs * ((k + STRIDE - 1) / STRIDE);
    struct prefetch prefetch = {(const char *)next, (const char *)next + next_bytes, 0};
    if (strides > 0) {
        prefetch.bytes = (next_bytes / LINE + strides - 1) / strides * LINE;
    }
    /* A block is some whole runs, or a part of one. */
    const int32_t block_runs = k < BLOCK / 2 ? BLOCK / (k > 0 ? k : 1) : 1;
    int32_t run = 0;
    int32_t from = 0;
    do {
        struct left left = {a + run * run_stride + from, lda, run_stride, 1, k - from < BLOCK ? k - from : BLOCK};
        if (left.k == k) {
            left.runs = runs - run < block_runs ? runs - run : block_runs;
        }
        const ELEMENT *const panel = b + ((int64_t)run * k + from) * vectors * VECTOR;
        const int32_t first = run == 0 && from == 0;
        from += left.k;
        if (from >= k) {
            run += left.runs;
            from = 0;
        }
        const struct range range = {low, high, run >= runs && (low > -INFINITY || high < INFINITY)};
        /* Heights differ by one at most: two tiles of five and four rows are faster than one of eight and one of one. */
        for (int32_t band = 0, row = 0; band < bands; band++) {
            const int32_t height = (rows - row + bands - band - 1) / (bands - band);
            struct start start = {c + row * ldc, ldc};
            if (first) {
                start.at = sums ? sums + row * sums_row : 0;
                start.row = sums_row;
            }
            tiles[height - 1][vectors - 1](left, last, panel, c + row * ldc, ldc, start, range, &prefetch);
            left.at += height * lda;
            row += height;
        }
    } while (run < runs);
}
