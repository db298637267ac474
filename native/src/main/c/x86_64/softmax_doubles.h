/*
 * Softmax of rows of doubles. Every row is computed alike, wherever it stands.
 *
 * The includer includes doubles_avx512.h or doubles_avx2.h before, and defines SOFTMAX, the function's name, and what the
 * instructions differ in:
 *
 *   EACH_VECTOR(length, BODY)       BODY for the vectors of a row, with `at` where each begins and `lanes` that count
 *   TERM(number)                    SPREAD(number), of an exponential
 *   READ(lanes, address)            zeros in lanes that do not count
 *   WRITE(lanes, address, x)        the lanes that count
 *   HIGHER_OF(lanes, address, high) the higher of both, `high` where a lane does not count or the value is NaN
 *   PLUS_FIRST(lanes, x, y)         x + y, x where a lane does not count
 *   WHOLE(x)                        to the nearest whole number, and to the even one of two
 *   TIMES_POWER(x, n)               x * 2^n, rounded once, of n from -1443 to 0
 *   GREATEST(x)                     of the numbers of a vector
 *   TOTAL(x)                        of them
 */
#include <math.h>

/* Below, exp is zero. */
#define LOWEST -1000.

#define LOG2_E 1.44269504088896340736
#define MINUS_LN2_HIGH -6.93145751953125e-1
#define MINUS_LN2_LOW -1.42860682030941723212e-6

/*
 * exp(x) for x of at most zero, by the series of what is left within half of log(2), whose 14th term is below a quarter of the
 * last place; not a number remains one.
 */
TARGET static inline __attribute__((always_inline)) DOUBLES exponential(DOUBLES x) {
    const DOUBLES clamped = HIGHER(SPREAD(LOWEST), x);
    const DOUBLES n = WHOLE(TIMES(clamped, SPREAD(LOG2_E)));
    const DOUBLES r = TIMES_PLUS(n, SPREAD(MINUS_LN2_LOW), TIMES_PLUS(n, SPREAD(MINUS_LN2_HIGH), clamped));
    DOUBLES p = TIMES_PLUS(r, TERM(1. / 6227020800), TERM(1. / 479001600));
    p = TIMES_PLUS(p, r, TERM(1. / 39916800));
    p = TIMES_PLUS(p, r, TERM(1. / 3628800));
    p = TIMES_PLUS(p, r, TERM(1. / 362880));
    p = TIMES_PLUS(p, r, TERM(1. / 40320));
    p = TIMES_PLUS(p, r, TERM(1. / 5040));
    p = TIMES_PLUS(p, r, TERM(1. / 720));
    p = TIMES_PLUS(p, r, TERM(1. / 120));
    p = TIMES_PLUS(p, r, TERM(1. / 24));
    p = TIMES_PLUS(p, r, TERM(1. / 6));
    p = TIMES_PLUS(p, r, TERM(1. / 2));
    p = TIMES_PLUS(p, r, TERM(1.));
    p = TIMES_PLUS(p, r, TERM(1.));
    return TIMES_POWER(p, n);
}

TARGET static void softmax(int32_t length, const double *x, double *y) {
    DOUBLES highest = SPREAD(-INFINITY);
    EACH_VECTOR(length, highest = HIGHER_OF(lanes, x + at, highest))
    const DOUBLES shift = SPREAD(GREATEST(highest));
    DOUBLES sums = ZEROS;
    EACH_VECTOR(length, {
        const DOUBLES e = exponential(MINUS(READ(lanes, x + at), shift));
        sums = PLUS_FIRST(lanes, sums, e);
        WRITE(lanes, y + at, e);
    })
    const DOUBLES factor = SPREAD(1 / TOTAL(sums));
    EACH_VECTOR(length, WRITE(lanes, y + at, TIMES(READ(lanes, y + at), factor)))
}

void SOFTMAX(int32_t rows, int32_t length, const double *x, double *y) {
    for (int32_t row = 0; row < rows; row++) {
        softmax(length, x + (int64_t)row * length, y + (int64_t)row * length);
    }
}
