/* Softmax of rows of doubles with AVX2. */
#include "doubles_avx2.h"
#include "each_vector_avx2.h"

#define SOFTMAX nereid_f64_softmax_avx2
/* Read where it is used: there are fewer registers than terms, of their addresses too. */
#define TERM(number)                                                                                                   \
    ({                                                                                                                 \
        static const double term[VECTOR] = {number, number, number, number};                                           \
        __m256d vector;                                                                                                \
        __asm__ volatile("vmovupd %1, %0" : "=x"(vector) : "m"(term));                                                 \
        vector;                                                                                                        \
    })
#define READ(lanes, address) ((lanes) == VECTOR ? LOAD_DOUBLES(address) : LOAD_FIRST(lanes, address))
#define WRITE(lanes, address, x) store_first(lanes, address, x)
#define HIGHER_OF(lanes, address, high) OF_FIRST(lanes, HIGHER(READ(lanes, address), high), high)
#define PLUS_FIRST(lanes, x, y) OF_FIRST(lanes, _mm256_add_pd(x, y), x)
#define OF_FIRST(lanes, x, others)                                                                                     \
    ((lanes) == VECTOR ? (x) : _mm256_blendv_pd(others, x, _mm256_castsi256_pd(MASK(lanes))))
#define WHOLE(x) _mm256_round_pd(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define TIMES_POWER(x, n) times_power(x, n)
#define GREATEST(x) greatest(x)
#define TOTAL(x) total(x)

/* What a whole number is added to so that its lowest bits are that number's, with the bias of exponents. */
#define ROUNDER (0x1.8p52 + 1023)
#define MANTISSA_BITS 52

/* 2^n for whole n from -1022 on. */
TARGET static inline __m256d power(__m256d n) {
    const __m256i bits = _mm256_castpd_si256(_mm256_add_pd(n, SPREAD(ROUNDER)));
    return _mm256_castsi256_pd(_mm256_slli_epi64(bits, MANTISSA_BITS));
}

/* Half of the way at a time: the first product is exact, and the second may be subnormal. */
TARGET static inline __m256d times_power(__m256d x, __m256d n) {
    const __m256d half = _mm256_floor_pd(TIMES(n, SPREAD(0.5)));
    return TIMES(TIMES(x, power(half)), power(MINUS(n, half)));
}

TARGET static inline double greatest(__m256d x) {
    const __m128d two = _mm_max_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
    return _mm_cvtsd_f64(_mm_max_sd(two, _mm_unpackhi_pd(two, two)));
}

TARGET static inline double total(__m256d x) {
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
}

#include "softmax_doubles.h"
