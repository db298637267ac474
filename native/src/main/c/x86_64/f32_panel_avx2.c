/* float products with AVX2. */
#include "vectors_avx2.h"

#define FUNCTION nereid_f32_panel_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define ELEMENT float
#define OPERAND __m256
#define READ(address) _mm256_loadu_ps(address)
#define BROADCAST(element) _mm256_set1_ps(element)
#define MULTIPLY_ADD(sum, x, y) _mm256_fmadd_ps(x, y, sum)

#include "panel.h"
