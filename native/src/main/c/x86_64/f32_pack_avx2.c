/* Packs the transpose of a matrix for float products with AVX2. */
#include "vectors_avx2.h"

#define PACK nereid_f32_pack_transposed_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define QUARTERS 2

#define LANES int32_t
#define LANES_OF(exists, quarter) (-(exists))
#define QUARTER(i, quarter)                                                                                            \
    _mm_and_ps(                                                                                                        \
        _mm_loadu_ps(block->at[i + STEP * quarter] + p), _mm_castsi128_ps(_mm_set1_epi32(block->lanes[i][quarter])))
#define ROWS_FROM(i) _mm256_set_m128(QUARTER(i, 1), QUARTER(i, 0))
#define LOW(x, y) _mm256_unpacklo_ps(x, y)
#define HIGH(x, y) _mm256_unpackhi_ps(x, y)
#define LOW_TWO(x, y) _mm256_castpd_ps(_mm256_unpacklo_pd(_mm256_castps_pd(x), _mm256_castps_pd(y)))
#define HIGH_TWO(x, y) _mm256_castpd_ps(_mm256_unpackhi_pd(_mm256_castps_pd(x), _mm256_castps_pd(y)))

#include "pack.h"
