/* Products with weights of four bits, with AVX VNNI. */
#define PRODUCT nereid_int4_product_avx_vnni
#define QUANTIZE nereid_int4_quantize_avx_vnni
#define TARGET __attribute__((target("avx2,fma,avxvnni")))
#define DOT(sum, x, y) _mm256_dpbusd_avx_epi32(sum, x, y)

#include "vectors_int4_256.h"
#include "int4_product.h"
