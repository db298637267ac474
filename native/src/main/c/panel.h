/*
 * Products panel by panel: the text of nereid_f32_panel_avx512, nereid_f32_panel_avx2, nereid_bf16_panel_avx512 and
 * nereid_bf16_panel_neon, which differ in the instructions alone. The includer includes vectors_avx512.h, vectors_avx2.h
 * or vectors_neon.h before, and defines
 *
 *   FUNCTION                          its name
 *   TARGET                            the attribute that names its instructions
 *   ELEMENT                           four bytes of a and b: a float, or a pair of bf16 that follow each other in k
 *   OPERAND                           a vector of them
 *   READ(address), BROADCAST(element) make an operand
 *   MULTIPLY_ADD(sum, x, y)           adds the products of two operands to a vector of floats
 *   ONE_CHAIN                         where all products of an element are one chain, and not chains of NEREID_CHAIN
 *
 * A tile is held in registers, with AVX512 8 rows of 48 columns in 24 of them, and more rows of narrower ones: every
 * accumulator is a variable with a name of its own, because gcc keeps an array of them on the stack. Many products have few columns and
 * add up few numbers, so what a tile costs beside its sums counts: structs go by address, for copying one that was just
 * written waits for the writes. What Java cannot express is the prefetch: while a panel is multiplied, the next one is
 * brought from memory into the L2 cache, a few lines at a time.
 */
#include <math.h>

#define LINE 64

/* Elements of k whose part of a panel stays in the L2 cache while all rows pass. */
#ifdef ONE_CHAIN
#define BLOCK 2048
#define START(earlier) continues ? earlier : ZEROS
#define ADD_EARLIER(...)
#else
#define BLOCK NEREID_CHAIN
#define START(earlier) ZEROS
#define ADD_EARLIER(...)                                                                                               \
    if (continues) {                                                                                                   \
        __VA_ARGS__                                                                                                    \
    }
#endif

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

/* Rows of a matrix that are added to the sums of a tile; NULL for none. */
struct addend {
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
    const struct left *left, LAST last, const ELEMENT *b, int64_t ldb, float *c, int64_t ldc, int32_t continues,
    const struct addend *addend, const struct range *range, struct prefetch *prefetch);

#define ROWS_1(X) X(0, 0, 0)
#define ROWS_2(X) ROWS_1(X) X(1, 0, row)
#define ROWS_3(X) ROWS_2(X) X(2, 0, 2 * row)
#define ROWS_4(X) ROWS_3(X) X(3, 0, three)
#define ROWS_5(X) ROWS_4(X) X(4, 4, 0)
#define ROWS_6(X) ROWS_5(X) X(5, 4, row)
#define ROWS_7(X) ROWS_6(X) X(6, 4, 2 * row)
#define ROWS_8(X) ROWS_7(X) X(7, 4, three)
#define ROWS_9(X) ROWS_8(X) X(8, 8, 0)
#define ROWS_10(X) ROWS_9(X) X(9, 8, row)
#define ROWS_11(X) ROWS_10(X) X(10, 8, 2 * row)
#define ROWS_12(X) ROWS_11(X) X(11, 8, three)
#define ROWS_13(X) ROWS_12(X) X(12, 12, 0)
#define ROWS_14(X) ROWS_13(X) X(13, 12, row)
#define ROWS_15(X) ROWS_14(X) X(14, 12, 2 * row)
#define ROWS_16(X) ROWS_15(X) X(15, 12, three)

/* Pointers to every fourth row: with one for each row, there would not be registers enough. */
#define FOURS_1(X) X(0)
#define FOURS_2(X) FOURS_1(X)
#define FOURS_3(X) FOURS_1(X)
#define FOURS_4(X) FOURS_1(X)
#define FOURS_5(X) FOURS_1(X) X(4)
#define FOURS_6(X) FOURS_5(X)
#define FOURS_7(X) FOURS_5(X)
#define FOURS_8(X) FOURS_5(X)
#define FOURS_9(X) FOURS_5(X) X(8)
#define FOURS_10(X) FOURS_9(X)
#define FOURS_11(X) FOURS_9(X)
#define FOURS_12(X) FOURS_9(X)
#define FOURS_13(X) FOURS_9(X) X(12)
#define FOURS_14(X) FOURS_13(X)
#define FOURS_15(X) FOURS_13(X)
#define FOURS_16(X) FOURS_13(X)
#define FOUR(i) const ELEMENT *a##i = run + i * row;
/* Hidden from gcc, which would make a pointer for each row again. */
#define STEP(i)                                                                                                        \
    a##i++;                                                                                                            \
    __asm__("" : "+r"(a##i));

/* A tile that continues goes on from the sums in c, or adds them to its own in the end. */
#define DECLARE(i, j) FLOATS s##i##_##j = START(LOAD_FLOATS(c + i * ldc + j * VECTOR));
#define DECLARE_LAST(i, j) FLOATS s##i##_##j = START(LOAD_LAST(last, c + i * ldc + j * VECTOR));
#define DECLARE_1(i, four, rest) DECLARE_LAST(i, 0)
#define DECLARE_2(i, four, rest) DECLARE(i, 0) DECLARE_LAST(i, 1)
#define DECLARE_3(i, four, rest) DECLARE(i, 0) DECLARE(i, 1) DECLARE_LAST(i, 2)

#define LOAD(j) const OPERAND b##j = READ(b + j * VECTOR);
#define LOAD_1 LOAD(0)
#define LOAD_2 LOAD_1 LOAD(1)
#define LOAD_3 LOAD_2 LOAD(2)

#define ADD(i, j) s##i##_##j = MULTIPLY_ADD(s##i##_##j, factor, b##j);
#define ADD_1(i, four, rest) FACTOR(four, rest, ADD(i, 0))
#define ADD_2(i, four, rest) FACTOR(four, rest, ADD(i, 0) ADD(i, 1))
#define ADD_3(i, four, rest) FACTOR(four, rest, ADD(i, 0) ADD(i, 1) ADD(i, 2))
#define FACTOR(four, rest, ADDITIONS)                                                                                  \
    {                                                                                                                  \
        const OPERAND factor = BROADCAST(a##four[rest]);                                                               \
        ADDITIONS                                                                                                      \
    }

#define EARLIER(i, j) s##i##_##j = PLUS(s##i##_##j, LOAD_FLOATS(c + i * ldc + j * VECTOR));
#define EARLIER_LAST(i, j) s##i##_##j = PLUS(s##i##_##j, LOAD_LAST(last, c + i * ldc + j * VECTOR));
#define EARLIER_1(i, four, rest) EARLIER_LAST(i, 0)
#define EARLIER_2(i, four, rest) EARLIER(i, 0) EARLIER_LAST(i, 1)
#define EARLIER_3(i, four, rest) EARLIER(i, 0) EARLIER(i, 1) EARLIER_LAST(i, 2)

#define COMPLETE(i, j) s##i##_##j = PLUS(s##i##_##j, LOAD_FLOATS(addend->at + i * addend->row + j * VECTOR));
#define COMPLETE_LAST(i, j)                                                                                            \
    s##i##_##j = PLUS(s##i##_##j, LOAD_LAST(last, addend->at + i * addend->row + j * VECTOR));
#define COMPLETE_1(i, four, rest) COMPLETE_LAST(i, 0)
#define COMPLETE_2(i, four, rest) COMPLETE(i, 0) COMPLETE_LAST(i, 1)
#define COMPLETE_3(i, four, rest) COMPLETE(i, 0) COMPLETE(i, 1) COMPLETE_LAST(i, 2)

/* The numbers of a vector come second: an operand that is not a number is then the result. */
#define CLAMP(i, j) s##i##_##j = LOWER(high, HIGHER(low, s##i##_##j));
#define CLAMP_1(i, four, rest) CLAMP(i, 0)
#define CLAMP_2(i, four, rest) CLAMP_1(i, four, rest) CLAMP(i, 1)
#define CLAMP_3(i, four, rest) CLAMP_2(i, four, rest) CLAMP(i, 2)

#define STORE(i, j) STORE_FLOATS(c + i * ldc + j * VECTOR, s##i##_##j);
#define STORE_END(i, j) STORE_LAST(last, c + i * ldc + j * VECTOR, s##i##_##j);
#define STORE_1(i, four, rest) STORE_END(i, 0)
#define STORE_2(i, four, rest) STORE(i, 0) STORE_END(i, 1)
#define STORE_3(i, four, rest) STORE(i, 0) STORE(i, 1) STORE_END(i, 2)

#define TILE(HEIGHT, VECTORS)                                                                                          \
    TARGET static void tile_##HEIGHT##_##VECTORS(                                                                      \
        const struct left *left, LAST last, const ELEMENT *b, int64_t ldb, float *c, int64_t ldc,                      \
        int32_t continues, const struct addend *addend, const struct range *range, struct prefetch *prefetch) {        \
        ROWS_##HEIGHT(DECLARE_##VECTORS)                                                                               \
        const char *line = prefetch->at;                                                                               \
        const int64_t row = left->row;                                                                                 \
        const int64_t three = 3 * row;                                                                                 \
        (void)three;                                                                                                   \
        const int32_t k = left->k;                                                                                     \
        const ELEMENT *run = left->at;                                                                                 \
        for (int32_t runs = left->runs; runs > 0; runs--, run += left->run) {                                          \
            FOURS_##HEIGHT(FOUR)                                                                                       \
            for (int32_t p = k; p > 0;) {                                                                              \
                int32_t steps = p;                                                                                     \
                if (line < prefetch->end) {                                                                            \
                    const char *const wanted = line + prefetch->bytes;                                                 \
                    const char *const end = wanted < prefetch->end ? wanted : prefetch->end;                           \
                    for (; line < end; line += LINE) {                                                                 \
                        PREFETCH(line);                                                                                \
                    }                                                                                                  \
                    steps = p > STRIDE ? STRIDE : p;                                                                   \
                }                                                                                                      \
                p -= steps;                                                                                            \
                for (; steps > 0; steps--, b += ldb) {                                                                 \
                    LOAD_##VECTORS                                                                                     \
                    ROWS_##HEIGHT(ADD_##VECTORS)                                                                       \
                    FOURS_##HEIGHT(STEP)                                                                               \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        prefetch->at = line;                                                                                           \
        ADD_EARLIER(ROWS_##HEIGHT(EARLIER_##VECTORS))                                                                  \
        if (addend->at) {                                                                                              \
            ROWS_##HEIGHT(COMPLETE_##VECTORS)                                                                          \
        }                                                                                                              \
        if (range->clamps) {                                                                                           \
            const FLOATS low = SPREAD(range->low);                                                                     \
            const FLOATS high = SPREAD(range->high);                                                                   \
            ROWS_##HEIGHT(CLAMP_##VECTORS)                                                                             \
        }                                                                                                              \
        ROWS_##HEIGHT(STORE_##VECTORS)                                                                                 \
    }

#define UP_TO_4(X, VECTORS) X(1, VECTORS) X(2, VECTORS) X(3, VECTORS) X(4, VECTORS)
#define UP_TO_6(X, VECTORS) UP_TO_4(X, VECTORS) X(5, VECTORS) X(6, VECTORS)
#define UP_TO_8(X, VECTORS) UP_TO_6(X, VECTORS) X(7, VECTORS) X(8, VECTORS)
#define UP_TO_12(X, VECTORS) UP_TO_8(X, VECTORS) X(9, VECTORS) X(10, VECTORS) X(11, VECTORS) X(12, VECTORS)
#define UP_TO_16(X, VECTORS) UP_TO_12(X, VECTORS) X(13, VECTORS) X(14, VECTORS) X(15, VECTORS) X(16, VECTORS)

HEIGHTS_1(TILE)
HEIGHTS_2(TILE)
HEIGHTS_3(TILE)

#define NAME(HEIGHT, VECTORS) tile_##HEIGHT##_##VECTORS,
static tile *const tiles_1[] = {HEIGHTS_1(NAME)};
static tile *const tiles_2[] = {HEIGHTS_2(NAME)};
static tile *const tiles_3[] = {HEIGHTS_3(NAME)};

/* Tiles by their vectors a row, and how tall they get: as there are registers. */
static const struct {
    tile *const *of_height;
    int32_t tallest;
} tiles[] = {{tiles_1, TALLEST_1}, {tiles_2, TALLEST_2}, {tiles_3, TALLEST_3}};

void FUNCTION(NEREID_PANEL_PARAMETERS(ELEMENT)) {
    const int32_t vectors = (columns + VECTOR - 1) / VECTOR;
    const LAST last = LAST_OF(columns - (vectors - 1) * VECTOR);
    tile *const *const of_height = tiles[vectors - 1].of_height;
    const int32_t tallest = tiles[vectors - 1].tallest;
    const int32_t bands = (rows + tallest - 1) / tallest;
    const int64_t strides = (int64_t)bands * runs * ((k + STRIDE - 1) / STRIDE);
    struct prefetch prefetch = {(const char *)next, (const char *)next + next_bytes, 0};
    if (strides > 0) {
        prefetch.bytes = (next_bytes / LINE + strides - 1) / strides * LINE;
    }
    /* A block is some whole runs, or a part of one. */
#ifdef ONE_CHAIN
    const int32_t block_runs = k < BLOCK / 2 ? BLOCK / (k > 0 ? k : 1) : 1;
#else
    const int32_t block_runs = sums != c && (int64_t)runs * k <= BLOCK ? runs : 1;
#endif
    int32_t run = 0;
    int32_t from = 0;
    do {
        struct left left = {a + run * run_stride + from, lda, run_stride, 1, k - from < BLOCK ? k - from : BLOCK};
        if (left.k == k) {
            left.runs = runs - run < block_runs ? runs - run : block_runs;
        }
        const ELEMENT *const panel = b + ((int64_t)run * k + from) * ldb;
        const int32_t first = run == 0 && from == 0;
        from += left.k;
        if (from >= k) {
            run += left.runs;
            from = 0;
        }
        const int32_t ends = run >= runs;
        const struct range range = {low, high, ends && (low > -INFINITY || high < INFINITY)};
        const int32_t continues = !first || sums == c;
        struct addend addend = {ends && sums != c ? sums : 0, sums_row};
        /* Heights differ by one at most: two tiles of five and four rows are faster than one of eight and one of one. */
        const int32_t low_height = rows / bands;
        const int32_t higher = rows - low_height * bands;
        float *to = c;
        for (int32_t band = 0; band < bands; band++) {
            const int32_t height = low_height + (band < higher);
            of_height[height - 1](&left, last, panel, ldb, to, ldc, continues, &addend, &range, &prefetch);
            left.at += height * lda;
            to += height * ldc;
            addend.at = addend.at ? addend.at + height * addend.row : 0;
        }
    } while (run < runs);
}
