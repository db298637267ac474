/*
 * Softmax of rows and its logarithm, and what attention computes between its products and behind them. Some rows go side by
 * side, since the steps of one exponential wait for each other. Every row is computed alike, wherever it stands.
 *
 * The includer includes vectors_avx512.h or vectors_avx2.h before, and defines TARGET, the functions' names SOFTMAX,
 * LOG_SOFTMAX, ATTENTION_SOFTMAX and SCALE_ROWS, and what the instructions differ in:
 *
 *   SIDE_BY_SIDE                     rows at a time that registers have room for: 2 or 4
 *   EACH_VECTOR(length, BODY)        BODY for the vectors of a row, with `at` where each begins and `lanes` as LAST
 *   TERM(number)                     SPREAD(number), of an exponential
 *   READ(lanes, address)             zeros in lanes that do not count
 *   WRITE(lanes, address, x)         the lanes that count
 *   HIGHER_OF(lanes, x, high)        the higher of both, `high` where a lane does not count or x is not a number
 *   TIMES_NOT_BELOW(lanes, x, low, y, z) y * z, or zero where x is lower than low or a lane does not count
 *   GREATEST(x)                      of the numbers of a vector
 *   FIRST(x)                         of them
 *   TIMES_MINUS(x, y, z)             x * y - z, rounded once
 *   binary(x)                        struct binary: x = mantissa * 2^exponent, its mantissa around 1, of positive normal
 *                                    numbers; NaN has no mantissa either
 */
#include "rows.h"

#include <math.h>

/* The numbers of dev.nereid.kernels.attention.AttentionSoftmaxLoops. */
#define LOWEST -87.33f
#define LOG2_E 1.442695f
#define ROUNDER 12583039.f
#define MANTISSA_BITS 23
#define C1 0.693147f
#define C2 0.24022242f
#define C3 0.055507336f
#define C4 0.009671513f
#define C5 0.0013264727f

#define LN2 0.6931472f

/* exp(x) for x of at most zero; zero where it would be subnormal, and in lanes that do not count. */
TARGET static inline FLOATS exponential(LAST lanes, FLOATS x) {
    const FLOATS shifted = TIMES_PLUS(x, SPREAD(LOG2_E), SPREAD(ROUNDER));
    const FLOATS r = TIMES_MINUS(x, SPREAD(LOG2_E), MINUS(shifted, SPREAD(ROUNDER)));
    FLOATS p = TIMES_PLUS(r, SPREAD(C5), TERM(C4));
    p = TIMES_PLUS(p, r, TERM(C3));
    p = TIMES_PLUS(p, r, TERM(C2));
    p = TIMES_PLUS(p, r, TERM(C1));
    p = TIMES_PLUS(p, r, TERM(1.f));
    return TIMES_NOT_BELOW(lanes, x, SPREAD(LOWEST), p, MOVE_UP(shifted, MANTISSA_BITS));
}

/* log(x) for positive normal x, by the series of 2 * artanh((x - 1) / (x + 1)) around 1. */
TARGET static inline FLOATS logarithm(FLOATS x) {
    const struct binary parts = binary(x);
    const FLOATS s = OVER(MINUS(parts.mantissa, SPREAD(1.f)), PLUS(parts.mantissa, SPREAD(1.f)));
    const FLOATS square = TIMES(s, s);
    FLOATS p = TIMES_PLUS(square, SPREAD(2.f / 9), SPREAD(2.f / 7));
    p = TIMES_PLUS(p, square, SPREAD(2.f / 5));
    p = TIMES_PLUS(p, square, SPREAD(2.f / 3));
    p = TIMES_PLUS(p, square, SPREAD(2.f));
    return TIMES_PLUS(parts.exponent, SPREAD(LN2), TIMES(p, s));
}

/*
 * Rows of numbers; of attention, their scale, their mask, and where one by the sum of each goes; of logarithms, where the sum
 * and the greatest number of each go.
 */
struct rows {
    int32_t length;
    const float *x;
    int64_t x_row;
    float *y;
    int64_t y_row;
    float scale;
    const float *mask;
    int64_t mask_row;
    float *factors;
    float *highest;
};

typedef void some_rows(const struct rows *rows, int32_t first);

/* The exponents of a vector of row i, by the kind of rows. */
#define NUMBERS(i) READ(lanes, x##i + at)
#define BARE_BEGIN(i)
#define BARE_NUMBER(i) NUMBERS(i)
#define SCALED_BEGIN(i)
#define SCALED_NUMBER(i) TIMES(NUMBERS(i), scale)
/* A mask that has a number for each key. */
#define MASKED_BEGIN(i) const float *const mask##i = rows->mask + (first + i) * rows->mask_row;
#define MASKED_NUMBER(i) TIMES_PLUS(NUMBERS(i), scale, READ(lanes, mask##i + at))
/* A mask that has one number for all keys. */
#define REPEATED_BEGIN(i) const FLOATS mask##i = SPREAD(rows->mask[(first + i) * rows->mask_row]);
#define REPEATED_NUMBER(i) TIMES_PLUS(NUMBERS(i), scale, mask##i)

/* Sums alone; what they are of is not kept. */
#define SUMMED_BEGIN(i) (void)y##i;

#define BEGIN(i)                                                                                                       \
    const float *const x##i = rows->x + (first + i) * rows->x_row;                                                     \
    float *const y##i = rows->y + (first + i) * rows->y_row;                                                           \
    FLOATS high##i = SPREAD(-INFINITY);                                                                                \
    FLOATS sum##i = ZEROS;
#define RAISE(i, KIND) high##i = HIGHER_OF(lanes, KIND##_NUMBER(i), high##i);
#define HIGHEST(i) high##i = SPREAD(GREATEST(high##i));
#define ADD(i, KIND)                                                                                                   \
    const FLOATS weight##i = exponential(lanes, MINUS(KIND##_NUMBER(i), high##i));                                     \
    WRITE(lanes, y##i + at, weight##i);                                                                                \
    sum##i = PLUS(sum##i, weight##i);
#define KEEP_FACTOR(i) rows->factors[first + i] = 1.f / TOTAL(sum##i);
#define KEEP_SUM(i)                                                                                                    \
    rows->highest[first + i] = FIRST(high##i);                                                                         \
    rows->factors[first + i] = TOTAL(sum##i);
#define MULTIPLY(i) scale_row(rows->length, y##i, 1.f / TOTAL(sum##i));

TARGET static inline void scale_row(int32_t length, float *y, float factor) {
    const FLOATS factors = SPREAD(factor);
    EACH_VECTOR(length, WRITE(lanes, y + at, TIMES(READ(lanes, y + at), factors)))
}

#define SOME_ROWS(NAME, HEIGHT, KIND, END) ROWS_FUNCTION(NAME, HEIGHT, KIND, END)
#define ROWS_FUNCTION(NAME, HEIGHT, KIND, END)                                                                         \
    TARGET static void NAME(const struct rows *rows, int32_t first) {                                                  \
        const FLOATS scale = SPREAD(rows->scale);                                                                      \
        const int32_t length = rows->length;                                                                           \
        (void)scale;                                                                                                   \
        ROWS_##HEIGHT(BEGIN)                                                                                           \
        ROWS_##HEIGHT(KIND##_BEGIN)                                                                                    \
        EACH_VECTOR(length, ROWS_##HEIGHT(RAISE_##KIND))                                                               \
        ROWS_##HEIGHT(HIGHEST)                                                                                         \
        EACH_VECTOR(length, ROWS_##HEIGHT(ADD_##KIND))                                                                 \
        ROWS_##HEIGHT(END)                                                                                             \
    }

#define RAISE_BARE(i) RAISE(i, BARE)
#define RAISE_SCALED(i) RAISE(i, SCALED)
#define RAISE_MASKED(i) RAISE(i, MASKED)
#define RAISE_REPEATED(i) RAISE(i, REPEATED)
#define RAISE_SUMMED(i) RAISE(i, BARE)
#define ADD_BARE(i) ADD(i, BARE)
#define ADD_SCALED(i) ADD(i, SCALED)
#define ADD_MASKED(i) ADD(i, MASKED)
#define ADD_REPEATED(i) ADD(i, REPEATED)
#define ADD_SUMMED(i) sum##i = PLUS(sum##i, exponential(lanes, MINUS(NUMBERS(i), high##i)));

SOME_ROWS(softmax_1, 1, BARE, MULTIPLY)
SOME_ROWS(softmax_all, SIDE_BY_SIDE, BARE, MULTIPLY)
SOME_ROWS(scaled_1, 1, SCALED, KEEP_FACTOR)
SOME_ROWS(scaled_all, SIDE_BY_SIDE, SCALED, KEEP_FACTOR)
SOME_ROWS(masked_1, 1, MASKED, KEEP_FACTOR)
SOME_ROWS(masked_all, SIDE_BY_SIDE, MASKED, KEEP_FACTOR)
SOME_ROWS(repeated_1, 1, REPEATED, KEEP_FACTOR)
SOME_ROWS(repeated_all, SIDE_BY_SIDE, REPEATED, KEEP_FACTOR)
SOME_ROWS(summed_1, 1, SUMMED, KEEP_SUM)
SOME_ROWS(summed_all, SIDE_BY_SIDE, SUMMED, KEEP_SUM)

static void each(const struct rows *all, int32_t rows, some_rows *side_by_side, some_rows *one) {
    int32_t first = 0;
    for (; first + SIDE_BY_SIDE <= rows; first += SIDE_BY_SIDE) {
        side_by_side(all, first);
    }
    for (; first < rows; first++) {
        one(all, first);
    }
}

void SOFTMAX(int32_t rows, int32_t length, const float *x, float *y) {
    const struct rows all = {length, x, length, y, length, 1, 0, 0, 0, 0};
    each(&all, rows, softmax_all, softmax_1);
}

TARGET static inline void subtract_twice(int32_t length, const float *x, float *y, float first, float second) {
    const FLOATS firsts = SPREAD(first);
    const FLOATS seconds = SPREAD(second);
    EACH_VECTOR(length, WRITE(lanes, y + at, MINUS(MINUS(READ(lanes, x + at), firsts), seconds)))
}

/* The logarithms of as many sums as a vector has are taken at once. */
TARGET void LOG_SOFTMAX(int32_t rows, int32_t length, const float *x, float *y) {
    for (int32_t first = 0; first < rows; first += VECTOR) {
        const int32_t count = rows - first < VECTOR ? rows - first : VECTOR;
        const float *const from = x + (int64_t)first * length;
        float *const to = y + (int64_t)first * length;
        float sums[VECTOR];
        float highest[VECTOR];
        const struct rows some = {length, from, length, to, length, 1, 0, 0, sums, highest};
        each(&some, count, summed_all, summed_1);
        const LAST lanes = LAST_OF(count);
        WRITE(lanes, sums, logarithm(READ(lanes, sums)));
        for (int32_t row = 0; row < count; row++) {
            const int64_t at = (int64_t)row * length;
            subtract_twice(length, from + at, to + at, highest[row], sums[row]);
        }
    }
}

void ATTENTION_SOFTMAX(NEREID_ATTENTION_SOFTMAX_PARAMETERS) {
    const struct rows all = {keys, scores, row, scores, row, scale, mask, mask_row, factors, 0};
    if (!mask) {
        each(&all, rows, scaled_all, scaled_1);
    } else if (mask_repeats) {
        each(&all, rows, repeated_all, repeated_1);
    } else {
        each(&all, rows, masked_all, masked_1);
    }
}

TARGET void SCALE_ROWS(int32_t rows, int32_t columns, float *y, int64_t row, const float *factors) {
    for (int32_t i = 0; i < rows; i++) {
        scale_row(columns, y + i * row, factors[i]);
    }
}
