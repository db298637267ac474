/*
 * Products with weights in blocks, with AVX2. Its products of pairs of bytes are exact where one of them has four bits: two
 * of at most 15 * 127 fit into 16 bits. With eight bits the even and the odd bytes of four are multiplied as pairs of 16 bits.
 */
#define PRODUCT nereid_blockwise_product_avx2
#define QUANTIZE nereid_blockwise_quantize_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define TALLEST_8 1
#define DOT_4(sum, x, y)                                                                                               \
    _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), _mm256_set1_epi16(1)))
#define EVEN(x) _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8)
#define DOT_8(sum, x, y)                                                                                               \
    _mm256_add_epi32(                                                                                                  \
        sum, _mm256_add_epi32(                                                                                         \
                 _mm256_madd_epi16(_mm256_and_si256(x, _mm256_set1_epi16(0xff)), EVEN(y)),                             \
                 _mm256_madd_epi16(_mm256_srli_epi16(x, 8), _mm256_srai_epi16(y, 8))))

#include "blockwise_vectors_256.h"
#include "blockwise.h"
