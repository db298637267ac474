/*
 * int8 products with AVX2. Its product of bytes saturates at 16 bits, so the even and the odd bytes of four are multiplied as
 * pairs of 16 bits, whose sums are exact.
 */
#include <immintrin.h>

#define GEMM nereid_int8_gemm_avx2
#define CONV nereid_int8_conv_avx2
#define TARGET __attribute__((target("avx2")))
#define TALLEST 3
#define TILES(X) X(1) X(2) X(3)
#define RIGHT(j)                                                                                                       \
    const __m256i b##j = _mm256_loadu_si256((const __m256i *)(b + 32 * j));                                            \
    const __m256i even##j = _mm256_srai_epi16(_mm256_slli_epi16(b##j, 8), 8);                                          \
    const __m256i odd##j = _mm256_srai_epi16(b##j, 8);
#define LEFT(bytes)                                                                                                    \
    const __m256i left = bytes;                                                                                        \
    const __m256i even = _mm256_and_si256(left, _mm256_set1_epi16(0xff));                                              \
    const __m256i odd = _mm256_srli_epi16(left, 8);
#define DOT(sum, j)                                                                                                    \
    sum = _mm256_add_epi32(                                                                                            \
        sum, _mm256_add_epi32(_mm256_madd_epi16(even, even##j), _mm256_madd_epi16(odd, odd##j)));

#include "int8_gemm_256.h"
