/* Vectors of doubles with AVX2, as product.h and softmax_doubles.h use them. */
#include "nereid.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,fma")))
#define VECTOR 4
#define DOUBLES __m256d
#define ZEROS _mm256_setzero_pd()
#define SPREAD(number) _mm256_set1_pd(number)
#define LOAD_DOUBLES(address) _mm256_loadu_pd(address)
#define STORE_DOUBLES(address, vector) _mm256_storeu_pd(address, vector)
/* y where x or y is NaN. */
#define HIGHER(x, y) _mm256_max_pd(x, y)
#define MINUS(x, y) _mm256_sub_pd(x, y)
#define TIMES(x, y) _mm256_mul_pd(x, y)
#define TIMES_PLUS(x, y, z) _mm256_fmadd_pd(x, y, z)

static const int64_t first_doubles[2 * VECTOR] = {-1, -1, -1, -1};

/* Of as many lanes, from the first on. */
#define MASK(lanes) _mm256_loadu_si256((const __m256i *)(first_doubles + VECTOR - (lanes)))
#define LOAD_FIRST(lanes, address) _mm256_maskload_pd(address, MASK(lanes))

/* Without a mask: AMD's processors before Zen 4 take many times as long with one. */
TARGET static inline void store_first(int32_t lanes, double *address, __m256d vector) {
    if (lanes == VECTOR) {
        _mm256_storeu_pd(address, vector);
        return;
    }
    __m128d rest = _mm256_castpd256_pd128(vector);
    if (lanes & 2) {
        _mm_storeu_pd(address, rest);
        rest = _mm256_extractf128_pd(vector, 1);
    }
    if (lanes & 1) {
        _mm_store_sd(address + (lanes & 2), rest);
    }
}
