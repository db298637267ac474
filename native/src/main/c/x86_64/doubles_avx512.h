/* Vectors of doubles with AVX512, as product.h and softmax_doubles.h use them. */
#include "nereid.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f")))
#define VECTOR 8
#define DOUBLES __m512d
#define ZEROS _mm512_setzero_pd()
#define SPREAD(number) _mm512_set1_pd(number)
#define LOAD_DOUBLES(address) _mm512_loadu_pd(address)
#define STORE_DOUBLES(address, vector) _mm512_storeu_pd(address, vector)
/* y where x or y is NaN. */
#define HIGHER(x, y) _mm512_max_pd(x, y)
#define MINUS(x, y) _mm512_sub_pd(x, y)
#define TIMES(x, y) _mm512_mul_pd(x, y)
#define TIMES_PLUS(x, y, z) _mm512_fmadd_pd(x, y, z)
