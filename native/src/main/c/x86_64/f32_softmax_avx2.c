/* Softmax of rows of floats and what is made of such rows, with AVX2. */
#include "vectors_avx2.h"
#include "each_vector_avx2.h"

#include <math.h>

#define SOFTMAX nereid_f32_softmax_avx2
#define LOG_SOFTMAX nereid_f32_log_softmax_avx2
#define ATTENTION_SOFTMAX nereid_f32_attention_softmax_avx2
#define SCALE_ROWS nereid_f32_scale_rows_avx2
#define SIDE_BY_SIDE 2
#define TARGET __attribute__((target("avx2,fma")))

/* Read where it is used: a register that holds it through a loop would leave none for a sum. */
#define TERM(number)                                                                                                   \
    ({                                                                                                                 \
        static const float term[VECTOR] = {number, number, number, number, number, number, number, number};            \
        const float *where = term;                                                                                     \
        __asm__ volatile("" : "+r"(where));                                                                            \
        LOAD_FLOATS(where);                                                                                            \
    })
#define READ(lanes, address) ((lanes) == VECTOR ? LOAD_FLOATS(address) : LOAD_LAST(lanes, address))
#define WRITE(lanes, address, x) STORE_LAST(lanes, address, x)
#define HIGHER_OF(lanes, x, high)                                                                                      \
    ((lanes) == VECTOR ? HIGHER(x, high)                                                                               \
                       : _mm256_blendv_ps(high, HIGHER(x, high), _mm256_castsi256_ps(MASK(lanes))))
#define TIMES_NOT_BELOW(lanes, x, low, y, z) times_not_below(lanes, x, low, TIMES(y, z))
#define GREATEST(x) greatest(x)
#define FIRST(x) _mm256_cvtss_f32(x)
#define TIMES_MINUS(x, y, z) _mm256_fmsub_ps(x, y, z)

TARGET static inline FLOATS times_not_below(LAST lanes, FLOATS x, FLOATS low, FLOATS product) {
    const FLOATS kept = _mm256_and_ps(product, _mm256_cmp_ps(x, low, _CMP_NLT_UQ));
    return lanes == VECTOR ? kept : KEEP_LAST(lanes, kept);
}

TARGET static inline float greatest(FLOATS x) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/* The bits of the root of one half, where mantissas begin. */
#define BITS_OF_ROOT_HALF 0x3f3504f3
#define BITS_OF_MANTISSA ((1 << 23) - 1)

struct binary {
    FLOATS mantissa;
    FLOATS exponent;
};

TARGET static inline struct binary binary(FLOATS x) {
    const __m256i root = _mm256_set1_epi32(BITS_OF_ROOT_HALF);
    const __m256i above = _mm256_sub_epi32(_mm256_castps_si256(x), root);
    const __m256i fraction = _mm256_and_si256(above, _mm256_set1_epi32(BITS_OF_MANTISSA));
    const FLOATS mantissa = _mm256_castsi256_ps(_mm256_add_epi32(fraction, root));
    const FLOATS odd = _mm256_cmp_ps(x, x, _CMP_UNORD_Q);
    const struct binary parts = {
        _mm256_blendv_ps(mantissa, x, odd), _mm256_cvtepi32_ps(_mm256_srai_epi32(above, 23))};
    return parts;
}

#include "softmax.h"
