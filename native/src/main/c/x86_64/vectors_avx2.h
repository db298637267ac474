/*
 * Vectors of floats with AVX2, as panel.h and row.h use them. LAST says how many elements the last vector of a row has. A
 * full one is stored without a mask: AMD's processors before Zen 4 take many times as long with one.
 */
#include "nereid.h"

#include <immintrin.h>

#define VECTOR 8
#define FLOATS_PANEL NEREID_PANEL_AVX2
#define FLOATS __m256
#define ZEROS _mm256_setzero_ps()
#define SPREAD(number) _mm256_set1_ps(number)
#define LOAD_FLOATS(address) _mm256_loadu_ps(address)
#define STORE_FLOATS(address, vector) _mm256_storeu_ps(address, vector)
/* y where x or y is NaN. */
#define LOWER(x, y) _mm256_min_ps(x, y)
#define HIGHER(x, y) _mm256_max_ps(x, y)
#define PLUS(x, y) _mm256_add_ps(x, y)
#define MINUS(x, y) _mm256_sub_ps(x, y)
#define TIMES(x, y) _mm256_mul_ps(x, y)
#define OVER(x, y) _mm256_div_ps(x, y)
#define TIMES_PLUS(x, y, z) _mm256_fmadd_ps(x, y, z)
/* y where x is negative, else x. */
#define OR_NEGATIVE(x, y) _mm256_blendv_ps(x, y, _mm256_cmp_ps(x, ZEROS, _CMP_LT_OQ))
/* Bits moved up by so many. */
#define MOVE_UP(x, bits) _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(x), bits))
/* The sum of their bits as integers. */
#define PLUS_BITS(x, y)                                                                                                \
    _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_castps_si256(y)))
#define TOTAL(x) total(x)
/* Keeps a vector in its register: gcc would read it from memory again for every use where registers are few. */
#define HOLD(vector) __asm__("" : "+x"(vector))
/* The elements of a vector from these places. */
#define PLACES __m256i
#define LOAD_PLACES(address) _mm256_loadu_si256((const __m256i *)(address))
#define PICK(places, vector) _mm256_permutevar8x32_ps(vector, places)

__attribute__((target("avx2,fma"))) static inline float total(__m256 x) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static const int32_t first_elements[2 * VECTOR] = {-1, -1, -1, -1, -1, -1, -1, -1};

#define MASK(last) _mm256_loadu_si256((const __m256i *)(first_elements + VECTOR - (last)))
#define LAST int32_t
#define LAST_OF(elements) (elements)
#define LOAD_LAST(last, address) _mm256_maskload_ps(address, MASK(last))
#define STORE_LAST(last, address, vector)                                                                              \
    if (last == VECTOR) {                                                                                              \
        _mm256_storeu_ps(address, vector);                                                                             \
    } else {                                                                                                           \
        _mm256_maskstore_ps(address, MASK(last), vector);                                                              \
    }
/* Zeros behind the last element. */
#define KEEP_LAST(last, vector) _mm256_and_ps(vector, _mm256_castsi256_ps(MASK(last)))

/* Brings a line into the L2 cache. */
#define PREFETCH(line) _mm_prefetch(line, _MM_HINT_T1)

/* Heights of the tiles of one, two and three vectors: with the operands they fill 16 registers. */
#define TALLEST_1 12
#define TALLEST_2 6
#define TALLEST_3 4
#define HEIGHTS_1(X) UP_TO_12(X, 1)
#define HEIGHTS_2(X) UP_TO_6(X, 2)
#define HEIGHTS_3(X) UP_TO_4(X, 3)
