/*
 * Steps of recurrent layers with AVX512: the product with the hidden state and what the gates' functions make of it, without
 * storing a gate. A block is 16 units; each gate of theirs is one vector of a row of the packed weights, so that the sums of
 * a tile are all that its units need. One or two rows take two blocks at a time: the sums of one block would wait for each
 * other's multiply-adds. Every other step goes through the blocks backwards and finds the weights of the last ones in the L1
 * cache. Every accumulator is a variable with a name of its own, because gcc keeps an array of them on the stack.
 *
 * Who includes it defines, before
 *
 *   GATES(X, i, b)      X(i, b, j) for the vectors j of a row of a block
 *   VECTORS             how many there are
 *   TALLEST             rows of a tile that leaves registers for a row of weights and a factor; at most 8
 *   TILES(TILE)         TILE(n) for n = 1 to TALLEST
 *
 * and behind it START(i, b, j), where a sum starts, FINISH(i, b), which stores the states of one row and block, and
 * FUNCTION, its name, before it includes recurrent_steps_avx512.h.
 */
#include "vectors_avx512.h"

#define TARGET __attribute__((target("avx512f")))

#include "functions.h"

#define UNITS NEREID_RECURRENT_UNITS
#define WIDTH (VECTORS * UNITS)
#define FULL 0xffff

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

#define SET(x) _mm512_set1_ps(x)
#define FMA(x, y, z) _mm512_fmadd_ps(x, y, z)

/* The numbers of x come second: an operand that is not a number is then the result. */
#define CLAMP(x, low, high) _mm512_min_ps(SET(high), _mm512_max_ps(SET(low), x))

/* exp(-x), within the normal numbers; sigmoid(x) = 1 / (1 + exp(-x)). */
TARGET static inline __m512 exp_negative(__m512 x) {
    const __m512 negative = CLAMP(_mm512_sub_ps(_mm512_setzero_ps(), x), NORMAL_LOW, NORMAL_HIGH);
    const __m512 shifted = FMA(negative, SET(LOG2_E), SET(ROUNDER));
    const __m512 n = _mm512_sub_ps(shifted, SET(ROUNDER));
    const __m512 r = FMA(n, SET(MINUS_LN2_LOW), FMA(n, SET(MINUS_LN2_HIGH), negative));
    __m512 p = FMA(r, SET(Q5), SET(Q4));
    p = FMA(p, r, SET(Q3));
    p = FMA(p, r, SET(Q2));
    p = FMA(p, r, SET(1.f));
    p = FMA(p, r, SET(1.f));
    const __m512i power = _mm512_slli_epi32(_mm512_castps_si512(shifted), MANTISSA_BITS);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(p), power));
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
    __mmask16 biased; /* no unit where there is no bias */
};
