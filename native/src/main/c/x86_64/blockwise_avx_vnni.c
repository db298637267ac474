/* Products with weights in blocks, with AVX VNNI. */
#define PRODUCT nereid_blockwise_product_avx_vnni
#define QUANTIZE nereid_blockwise_quantize_avx_vnni
#define TARGET __attribute__((target("avx2,fma,avxvnni")))
#define TALLEST_8 2
#define DOT_4(sum, x, y) _mm256_dpbusd_avx_epi32(sum, x, y)
#define DOT_8(sum, x, y) _mm256_dpbusd_avx_epi32(sum, x, y)

#include "blockwise_vectors_256.h"
#include "blockwise.h"
