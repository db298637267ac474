/* Depthwise convolutions with the channels first, with AVX2. */
#include "vectors_avx2.h"

#define TARGET __attribute__((target("avx2,fma")))
#define FUNCTION nereid_f32_depthwise_avx2
#define SOME __m256i
#define INSIDE(first, width) inside(first, width)
#define WHERE(mask, row) _mm256_and_si256(mask, _mm256_set1_epi32(-(int32_t)((row) & 1)))
#define LOAD_SOME(mask, address) _mm256_maskload_ps(address, mask)
#define STORE_SOME(mask, address, x) store_some(mask, address, x)
/* The halves of both vectors by turns, so that only sums have to cross the middle of a register. */
#define EVEN(x, y) _mm256_shuffle_ps(x, y, 0x88)
#define IN_ORDER(x) _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(x), 0xd8))
#define MASKS_COST 1
/* With more taps, or two vectors for one, the sums of four rows leave room for what they are multiplied with. */
#define TALLEST_STRIPS(X) X(3, 1, 8) X(5, 1, 8)
#define TALLEST(TAPS, STRIDE) tallest_##TAPS##_##STRIDE
#define tallest_3_1 strip_3_1_8
#define tallest_3_2 0
#define tallest_5_1 strip_5_1_8
#define tallest_5_2 0
#define tallest_7_1 0
#define tallest_7_2 0
#define OVERLAPS 1

/* A place lies within where it is not negative and less than the width. */
TARGET static inline __m256i inside(int32_t first, int32_t width) {
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i places = _mm256_add_epi32(lanes, _mm256_set1_epi32(first));
    const __m256i below = _mm256_cmpgt_epi32(_mm256_set1_epi32(width), places);
    return _mm256_andnot_si256(_mm256_srai_epi32(places, 31), below);
}

TARGET static inline void store_some(__m256i mask, float *address, __m256 x) {
    if (_mm256_movemask_ps(_mm256_castsi256_ps(mask)) == 0xff) {
        _mm256_storeu_ps(address, x);
    } else {
        _mm256_maskstore_ps(address, mask, x);
    }
}

#include "depthwise.h"
