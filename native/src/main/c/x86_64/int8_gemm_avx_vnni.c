/* int8 products with AVX VNNI. */
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,avxvnni")))
#define NAMES(NAME) NAME##_avx_vnni
#define TALLEST 6
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define QUADS 1
#define RIGHT(j) const __m256i b##j = _mm256_loadu_si256((const __m256i *)(b + 32 * j));
#define LEFT(quad) SPREAD(left, quad)
#define DOT(sum, j) sum = _mm256_dpbusd_avx_epi32(sum, left, b##j);

#include "int8_tiles_256.h"

#define GEMM nereid_int8_gemm_avx_vnni
#define CONV nereid_int8_conv_avx_vnni
#define PANEL_BYTES(quads) (4 * PANEL * (int64_t)(quads))
#define TILES_OF(panel, quads, k4) tiles_avx_vnni
#define COMPLETE(panel, quads, rows, count, offsets, k4, sums)

#include "int8_gemm_256.h"
