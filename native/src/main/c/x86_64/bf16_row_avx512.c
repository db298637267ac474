/* One row of bf16 products with AVX512_BF16; bf16_panel_avx512.c says what the instruction does. */
#include "vectors_avx512.h"

#define FUNCTION nereid_bf16_row_avx512
#define TARGET __attribute__((target("avx512f,avx512bf16")))
#define ELEMENT uint32_t
#define OPERAND __m512bh
#define READ(address) (__m512bh) _mm512_loadu_si512(address)
#define BROADCAST(element) (__m512bh) _mm512_set1_epi32((int32_t)element)
#define MULTIPLY_ADD(sum, x, y) _mm512_dpbf16_ps(sum, x, y)
#define ONE_CHAIN
#include "row.h"
