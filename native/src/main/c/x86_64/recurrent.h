/*
 * Steps of recurrent layers: the product with the hidden state and what the gates' functions make of it, without storing a
 * gate. A block is as many units as a vector has floats; each gate of theirs is one vector of a row of the packed weights, so
 * that the sums of a tile are all that its units need. Few rows take two blocks at a time: the sums of one block would wait
 * for each other's multiply-adds. Every other step goes through the blocks backwards and finds the weights of the last ones
 * in the L1 cache. Every accumulator is a variable with a name of its own, because gcc keeps an array of them on the stack.
 *
 * The includer includes vectors_avx512.h or vectors_avx2.h and defines TARGET before, and
 *
 *   VECTORS             vectors of a row of a block
 *
 * and before recurrent_steps.h
 *
 *   GATES(X, i, b)      X(i, b, j) for the vectors j of a row of a block
 *   TALLEST             rows of the tallest tile of one block, at most 8
 *   FEW                 rows of the tallest tile of two blocks
 *   TILES(TILE)         TILE(n) for n = 1 to TALLEST
 *   WIDE_TILES(TILE)    TILE(n) for n = 1 to FEW
 *   ADDITIONS(n, b)     BY_ROW or BY_COLUMN of the same, what the registers of a tile of n rows and b blocks have room for
 *   ADDEND(i, b, j)     what is added to a sum, which starts at zero
 *   OPEN(i, b, units)   begins with the functions of one row and block, all before the first FINISH
 *   FINISH(i, b, units) stores the states of one row and block
 *   FUNCTION            its name.
 */
#include "functions.h"

#define UNITS VECTOR
#define WIDTH (VECTORS * UNITS)
#define FULL LAST_OF(UNITS)

/* The numbers of dev.nereid.kernels.elementwise.ExpConstants. */
#define MINUS_LN2_HIGH -0.6933594f
#define MINUS_LN2_LOW 2.12194440e-4f
#define ROUNDER 12582912.f
#define Q2 0.49999228f
#define Q3 0.16667116f
#define Q4 0.04189055f
#define Q5 0.008312478f
#define NORMAL_HIGH 88.37f
#define NORMAL_LOW -87.33f

/* exp(-x), within the normal numbers; sigmoid(x) = 1 / (1 + exp(-x)). */
TARGET static inline FLOATS exp_negative(FLOATS x) {
    const FLOATS negative = NO_MORE(NO_LESS(MINUS(ZEROS, x), NORMAL_LOW), NORMAL_HIGH);
    const FLOATS shifted = TIMES_PLUS(negative, SPREAD(LOG2_E), SPREAD(ROUNDER));
    const FLOATS n = MINUS(shifted, SPREAD(ROUNDER));
    const FLOATS r = TIMES_PLUS(n, SPREAD(MINUS_LN2_LOW), TIMES_PLUS(n, SPREAD(MINUS_LN2_HIGH), negative));
    FLOATS p = TIMES_PLUS(r, SPREAD(Q5), SPREAD(Q4));
    p = TIMES_PLUS(p, r, SPREAD(Q3));
    p = TIMES_PLUS(p, r, SPREAD(Q2));
    p = TIMES_PLUS(p, r, SPREAD(1.f));
    p = TIMES_PLUS(p, r, SPREAD(1.f));
    return PLUS_BITS(p, MOVE_UP(shifted, MANTISSA_BITS));
}

/* What a tile reads and writes: rows of one step, from the first unit of its blocks on. */
struct step {
    int32_t k;
    const float *x;
    int64_t x_row;
    const float *h;
    int64_t h_row;
    const float *old; /* h, from the first unit of the blocks on */
    float *y;
    int64_t y_row;
    float *c;
    const float *bias;
};
