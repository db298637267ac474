/*
 * Products with weights of four bits, with AVX2. Its products of pairs of bytes are exact here: two of at most 15 * 127 fit
 * into 16 bits.
 */
#define PRODUCT nereid_int4_product_avx2
#define QUANTIZE nereid_int4_quantize_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define DOT(sum, x, y)                                                                                                 \
    _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), _mm256_set1_epi16(1)))

#include "vectors_int4_256.h"
#include "int4_product.h"
