/*
 * Functions of vectors of floats; of NaN they are not a number. The includer includes
 * vectors_avx512.h or vectors_avx2.h before, and defines TARGET.
 */

/* The numbers of dev.nereid.kernels.elementwise.RationalConstants and ExpConstants. */
#define TANH_HIGH 7.9988117f
#define TANH_P13 -2.7607684e-16f
#define TANH_P11 2.000188e-13f
#define TANH_P9 -8.604671e-11f
#define TANH_P7 5.122297e-8f
#define TANH_P5 1.48572235e-5f
#define TANH_P3 6.3726195e-4f
#define TANH_P1 4.8935246e-3f
#define TANH_Q6 1.1982584e-6f
#define TANH_Q4 1.1853471e-4f
#define TANH_Q2 2.2684347e-3f
#define TANH_Q0 4.893525e-3f

#define ERF_HIGH 3.832507f
#define ERF_P9 2.2905065e-4f
#define ERF_P7 3.408291e-3f
#define ERF_P5 0.050955694f
#define ERF_P3 0.18520832f
#define ERF_P1 1.1283792f
#define ERF_Q12 -1.1791603e-7f
#define ERF_Q10 2.3547966e-5f
#define ERF_Q8 1.0179626e-3f
#define ERF_Q6 1.407047e-2f
#define ERF_Q4 0.11098505f
#define ERF_Q2 0.49746925f
#define ROOT_HALF 0.70710677f

#define LOG2_E 1.442695f
#define EXPONENT_ROUNDER 12583039.f
#define MANTISSA_BITS 23
#define B1 0.693147f
#define B2 0.24022242f
#define B3 0.055507336f
#define B4 0.009671513f
#define B5 0.0013264727f
/* Their base-2 logarithms are about 128 and -127: the exponents of infinity and of zero. */
#define POWER_HIGH 88.722f
#define POWER_LOW -88.029f

#define NO_LESS(x, low) HIGHER(SPREAD(low), x)
#define NO_MORE(x, high) LOWER(SPREAD(high), x)

/* tanh(x) as a quotient, whose division can be joined with another one. */
struct quotient {
    FLOATS dividend;
    FLOATS divisor;
};

TARGET static inline struct quotient tanh_quotient(FLOATS x) {
    const FLOATS clamped = NO_MORE(NO_LESS(x, -TANH_HIGH), TANH_HIGH);
    const FLOATS square = TIMES(clamped, clamped);
    FLOATS p = TIMES_PLUS(square, SPREAD(TANH_P13), SPREAD(TANH_P11));
    p = TIMES_PLUS(p, square, SPREAD(TANH_P9));
    p = TIMES_PLUS(p, square, SPREAD(TANH_P7));
    p = TIMES_PLUS(p, square, SPREAD(TANH_P5));
    p = TIMES_PLUS(p, square, SPREAD(TANH_P3));
    p = TIMES_PLUS(p, square, SPREAD(TANH_P1));
    FLOATS q = TIMES_PLUS(square, SPREAD(TANH_Q6), SPREAD(TANH_Q4));
    q = TIMES_PLUS(q, square, SPREAD(TANH_Q2));
    q = TIMES_PLUS(q, square, SPREAD(TANH_Q0));
    const struct quotient result = {TIMES(p, clamped), q};
    return result;
}

/* erf(x) for x between -ERF_HIGH and ERF_HIGH, beyond which it is -1 and 1. */
TARGET static inline FLOATS erf_within(FLOATS clamped) {
    const FLOATS square = TIMES(clamped, clamped);
    FLOATS p = TIMES_PLUS(square, SPREAD(ERF_P9), SPREAD(ERF_P7));
    p = TIMES_PLUS(p, square, SPREAD(ERF_P5));
    p = TIMES_PLUS(p, square, SPREAD(ERF_P3));
    p = TIMES_PLUS(p, square, SPREAD(ERF_P1));
    FLOATS q = TIMES_PLUS(square, SPREAD(ERF_Q12), SPREAD(ERF_Q10));
    q = TIMES_PLUS(q, square, SPREAD(ERF_Q8));
    q = TIMES_PLUS(q, square, SPREAD(ERF_Q6));
    q = TIMES_PLUS(q, square, SPREAD(ERF_Q4));
    q = TIMES_PLUS(q, square, SPREAD(ERF_Q2));
    q = TIMES_PLUS(q, square, SPREAD(1.f));
    return OVER(TIMES(p, clamped), q);
}

/* x / 2 * (1 + erf(x / sqrt(2))); zero from where erf is -1. */
TARGET static inline FLOATS gelu(FLOATS x) {
    const FLOATS low = NO_LESS(x, -ERF_HIGH / ROOT_HALF);
    const FLOATS clamped = NO_MORE(TIMES(low, SPREAD(ROOT_HALF)), ERF_HIGH);
    const FLOATS half = TIMES(low, SPREAD(.5f));
    return TIMES_PLUS(erf_within(clamped), half, half);
}

/* 1 + exp(-x), which is what a sigmoid divides by. */
TARGET static inline FLOATS one_and_exp_negative(FLOATS x) {
    const FLOATS clamped = NO_LESS(NO_MORE(MINUS(ZEROS, x), POWER_HIGH), POWER_LOW);
    const FLOATS shifted = TIMES_PLUS(clamped, SPREAD(LOG2_E), SPREAD(EXPONENT_ROUNDER));
    const FLOATS r = TIMES_PLUS(clamped, SPREAD(LOG2_E), MINUS(SPREAD(EXPONENT_ROUNDER), shifted));
    FLOATS p = TIMES_PLUS(r, SPREAD(B5), SPREAD(B4));
    p = TIMES_PLUS(p, r, SPREAD(B3));
    p = TIMES_PLUS(p, r, SPREAD(B2));
    p = TIMES_PLUS(p, r, SPREAD(B1));
    p = TIMES_PLUS(p, r, SPREAD(1.f));
    return TIMES_PLUS(p, MOVE_UP(shifted, MANTISSA_BITS), SPREAD(1.f));
}
