/*
 * Functions of floats one by one, with AVX2. The compiler of Java's vectors takes twice as long for them: it has more numbers to
 * hold than there are registers, and comparisons in place of the least and the greatest.
 */
#include "vectors_avx2.h"

#define TARGET __attribute__((target("avx2,fma")))

#include "functions.h"

/* The numbers of dev.nereid.kernels.elementwise.ExpConstants and ExponentialLanes. */
#define EXP_HIGH 89.f
#define EXP_LOW -104.f
#define ROUNDER 12582912.f
#define MINUS_LN2_HIGH -0.6933594f
#define MINUS_LN2_LOW 2.12194440e-4f
#define P2 0.49999994f
#define P3 0.1666652f
#define P4 0.041668393f
#define P5 0.008368781f
#define P6 0.0013814467f
#define Q2 0.49999228f
#define Q3 0.16667116f
#define Q4 0.04189055f
#define Q5 0.008312478f

/* The numbers of dev.nereid.kernels.elementwise.ActivationLanes. */
#define ROOT_TWO_OVER_PI 0.7978846f
#define CUBIC 0.044715f
#define GELU_TANH_LOW -5.3f

TARGET static inline FLOATS tanh_of(FLOATS x) {
    const struct quotient tanh = tanh_quotient(x);
    return OVER(tanh.dividend, tanh.divisor);
}

TARGET static inline FLOATS erf_of(FLOATS x) { return erf_within(NO_LESS(NO_MORE(x, ERF_HIGH), -ERF_HIGH)); }

/* 2^(half of n) twice, so that the result may be subnormal or infinite. */
TARGET static inline FLOATS exp_of(FLOATS x) {
    const FLOATS clamped = NO_LESS(NO_MORE(x, EXP_HIGH), EXP_LOW);
    const FLOATS shifted = TIMES_PLUS(clamped, SPREAD(LOG2_E), SPREAD(ROUNDER));
    const FLOATS n = MINUS(shifted, SPREAD(ROUNDER));
    const FLOATS r = TIMES_PLUS(n, SPREAD(MINUS_LN2_LOW), TIMES_PLUS(n, SPREAD(MINUS_LN2_HIGH), clamped));
    FLOATS p = TIMES_PLUS(r, SPREAD(P6), SPREAD(P5));
    p = TIMES_PLUS(p, r, SPREAD(P4));
    p = TIMES_PLUS(p, r, SPREAD(P3));
    p = TIMES_PLUS(p, r, SPREAD(P2));
    p = TIMES_PLUS(p, r, SPREAD(1.f));
    p = TIMES_PLUS(p, r, SPREAD(1.f));
    const __m256i power = _mm256_cvtps_epi32(n);
    const __m256i half = _mm256_srai_epi32(power, 1);
    const __m256i other = _mm256_sub_epi32(power, half);
    const __m256i one = _mm256_castps_si256(SPREAD(1.f));
    p = TIMES(p, _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(half, MANTISSA_BITS), one)));
    return TIMES(p, _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32(other, MANTISSA_BITS), one)));
}

/* As one_and_exp_negative has it, but with ln 2 in two parts: nothing is multiplied by x, which would hide a larger error. */
TARGET static inline FLOATS sigmoid(FLOATS x) {
    const FLOATS clamped = NO_LESS(NO_MORE(x, -POWER_LOW), -POWER_HIGH);
    const FLOATS shifted = TIMES_PLUS(clamped, SPREAD(-LOG2_E), SPREAD(EXPONENT_ROUNDER));
    const FLOATS n = MINUS(shifted, SPREAD(EXPONENT_ROUNDER));
    const FLOATS s = TIMES_PLUS(n, SPREAD(-MINUS_LN2_LOW), TIMES_PLUS(n, SPREAD(-MINUS_LN2_HIGH), clamped));
    FLOATS p = TIMES_PLUS(s, SPREAD(-Q5), SPREAD(Q4));
    p = TIMES_PLUS(p, s, SPREAD(-Q3));
    p = TIMES_PLUS(p, s, SPREAD(Q2));
    p = TIMES_PLUS(p, s, SPREAD(-1.f));
    p = TIMES_PLUS(p, s, SPREAD(1.f));
    return OVER(SPREAD(1.f), TIMES_PLUS(p, MOVE_UP(shifted, MANTISSA_BITS), SPREAD(1.f)));
}

TARGET static inline FLOATS gelu_tanh(FLOATS x) {
    const FLOATS low = NO_LESS(x, GELU_TANH_LOW);
    const FLOATS cubic = TIMES_PLUS(TIMES(low, low), SPREAD(ROOT_TWO_OVER_PI * CUBIC), SPREAD(ROOT_TWO_OVER_PI));
    const FLOATS half = TIMES(low, SPREAD(.5f));
    return TIMES_PLUS(tanh_of(TIMES(cubic, low)), half, half);
}

typedef void numbers(int32_t length, const float *x, float *y, float alpha);

#define NUMBERS(NAME, OF)                                                                                              \
    TARGET static void NAME(int32_t length, const float *x, float *y, float alpha) {                                   \
        const FLOATS alphas = SPREAD(alpha);                                                                           \
        (void)alphas;                                                                                                  \
        int32_t i = 0;                                                                                                 \
        for (; i <= length - VECTOR; i += VECTOR) {                                                                    \
            const FLOATS number = LOAD_FLOATS(x + i);                                                                  \
            STORE_FLOATS(y + i, OF);                                                                                   \
        }                                                                                                              \
        if (i < length) {                                                                                              \
            const LAST last = LAST_OF(length - i);                                                                     \
            const FLOATS number = LOAD_LAST(last, x + i);                                                              \
            STORE_LAST(last, y + i, OF)                                                                                \
        }                                                                                                              \
    }

NUMBERS(gelu_numbers, gelu(number))
NUMBERS(tanh_numbers, tanh_of(number))
NUMBERS(sigmoid_numbers, sigmoid(number))
NUMBERS(swish_numbers, OVER(number, one_and_exp_negative(TIMES(number, alphas))))
NUMBERS(erf_numbers, erf_of(number))
NUMBERS(exp_numbers, exp_of(number))
NUMBERS(gelu_tanh_numbers, gelu_tanh(number))

static numbers *const functions[] = {
    [NEREID_GELU] = gelu_numbers,
    [NEREID_TANH] = tanh_numbers,
    [NEREID_SIGMOID] = sigmoid_numbers,
    [NEREID_SWISH] = swish_numbers,
    [NEREID_ERF] = erf_numbers,
    [NEREID_EXP] = exp_numbers,
    [NEREID_GELU_TANH] = gelu_tanh_numbers,
};

void nereid_f32_function_avx2(int32_t function, int32_t length, const float *x, float *y, float alpha) {
    functions[function](length, x, y, alpha);
}
