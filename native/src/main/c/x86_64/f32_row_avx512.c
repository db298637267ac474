/* One row of float products with AVX512. */
#include "vectors_avx512.h"

#define FUNCTION nereid_f32_row_avx512
#define TARGET __attribute__((target("avx512f")))
#define ELEMENT float
#define OPERAND __m512
#define READ(address) _mm512_loadu_ps(address)
#define BROADCAST(element) _mm512_set1_ps(element)
#define MULTIPLY_ADD(sum, x, y) _mm512_fmadd_ps(x, y, sum)

#include "row.h"
