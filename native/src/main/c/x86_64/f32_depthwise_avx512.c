/* Depthwise convolutions with the channels first, with AVX512. */
#include "vectors_avx512.h"

#define TARGET __attribute__((target("avx512f")))
#define FUNCTION nereid_f32_depthwise_avx512
#define SOME __mmask16
#define INSIDE(first, width) inside(first, width)
#define WHERE(mask, row) ((__mmask16)((mask) & -((row) & 1)))
#define LOAD_SOME(mask, address) _mm512_maskz_loadu_ps(mask, address)
#define STORE_SOME(mask, address, x) _mm512_mask_storeu_ps(address, mask, x)
#define EVEN(x, y) even(x, y)
#define IN_ORDER(x) x
#define MASKS_COST 0
#define TALLEST_STRIPS(X) X(3, 1, 8) X(3, 2, 8) X(5, 1, 8) X(5, 2, 8) X(7, 1, 8) X(7, 2, 8)
#define TALLEST(TAPS, STRIDE) strip_##TAPS##_##STRIDE##_8
#define OVERLAPS 0

/* As unsigned numbers the places before the row are large. */
TARGET static inline __mmask16 inside(int32_t first, int32_t width) {
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_cmplt_epu32_mask(_mm512_add_epi32(lanes, _mm512_set1_epi32(first)), _mm512_set1_epi32(width));
}

TARGET static inline __m512 even(__m512 x, __m512 y) {
    const __m512i places = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    return _mm512_permutex2var_ps(x, places, y);
}

#include "depthwise.h"
