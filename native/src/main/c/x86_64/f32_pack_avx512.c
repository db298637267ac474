/* Packs the transpose of a matrix for float products with AVX512. */
#include "vectors_avx512.h"

#define PACK nereid_f32_pack_transposed_avx512
#define TARGET __attribute__((target("avx512f")))
#define QUARTERS 4

#define LANES __mmask16
#define LANES_OF(exists, quarter) ((__mmask16)(exists ? 0xf << STEP * (quarter) : 0))
#define QUARTER(vector, i, quarter)                                                                                    \
    _mm512_mask_broadcast_f32x4(vector, block->lanes[i][quarter], _mm_loadu_ps(block->at[i + STEP * quarter] + p))
#define ROWS_FROM(i) QUARTER(QUARTER(QUARTER(QUARTER(ZEROS, i, 0), i, 1), i, 2), i, 3)
#define LOW(x, y) _mm512_unpacklo_ps(x, y)
#define HIGH(x, y) _mm512_unpackhi_ps(x, y)
#define LOW_TWO(x, y) _mm512_castpd_ps(_mm512_unpacklo_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)))
#define HIGH_TWO(x, y) _mm512_castpd_ps(_mm512_unpackhi_pd(_mm512_castps_pd(x), _mm512_castps_pd(y)))

#include "pack.h"
