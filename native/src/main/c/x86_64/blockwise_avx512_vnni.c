/* Products with weights in blocks, with AVX512 VNNI. */
#define PRODUCT nereid_blockwise_product_avx512_vnni
#define QUANTIZE nereid_blockwise_quantize_avx512_vnni
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define VECTOR 16
#define WIDE 4
#define INTS __m512i
#define FLOATS __m512
#define ZEROS _mm512_setzero_ps()
#define SPREAD_INT(x) _mm512_set1_epi32(x)
#define SPREAD_FLOAT(x) _mm512_set1_ps(x)
#define LOAD_INTS(p) _mm512_loadu_si512(p)
#define LOAD_FLOATS(p) _mm512_loadu_ps(p)
#define FIRST(x) _mm512_and_si512(x, _mm512_set1_epi8(15))
#define SECOND(x) FIRST(_mm512_srli_epi16(x, 4))
#define AND(x, y) _mm512_and_si512(x, y)
#define ADD_INTS(x, y) _mm512_add_epi32(x, y)
#define MULTIPLY_INTS(x, y) _mm512_mullo_epi32(x, y)
#define HIGHER_INTS(x, y) _mm512_max_epi32(x, y)
#define HIGHEST(x) _mm512_reduce_max_epi32(x)
#define TOTAL(x) _mm512_reduce_add_epi32(x)
#define TO_FLOATS(x) _mm512_cvtepi32_ps(x)
#define TO_INTS(x) _mm512_cvtps_epi32(x)
#define AS_INTS(x) _mm512_castps_si512(x)
#define ADD(x, y) _mm512_add_ps(x, y)
#define MULTIPLY(x, y) _mm512_mul_ps(x, y)
#define MULTIPLY_ADD(x, y, sum) _mm512_fmadd_ps(x, y, sum)
#define TALLEST_8 2
#define DOT_4(sum, x, y) _mm512_dpbusd_epi32(sum, x, y)
#define DOT_8(sum, x, y) _mm512_dpbusd_epi32(sum, x, y)
#define SOME(count) ((__mmask16)((count) >= VECTOR ? 0xffff : (count) > 0 ? (1 << (count)) - 1 : 0))
#define STORE_SOME(p, count, x) _mm512_mask_storeu_ps(p, SOME(count), x)
#define EVEN_THEN_ODD _mm_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15)
#define STORE_BYTES(p, x) _mm_storeu_si128((__m128i *)(p), _mm512_cvtepi32_epi8(x))
#define STORE_APART(p, x)                                                                                              \
    _mm_storeu_si128((__m128i *)(p), _mm_shuffle_epi8(_mm512_cvtepi32_epi8(x), EVEN_THEN_ODD))

#include "blockwise.h"
