/*
 * int8 products with AVX2. Panels whose excesses are few are multiplied by its product of bytes, see int8_excess.h: where four
 * products fit into 16 bits, three multiplications do what takes four else. Of other panels the even and the odd bytes of
 * four are multiplied as pairs of 16 bits, whose sums are exact.
 */
#include "int8_excess.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define ADD_PAIRS(sum, pairs) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));

#define NAMES(NAME) NAME##_of_fours
#define TALLEST 4
#define TILES(X) X(1) X(2) X(3) X(4)
#define QUADS 2
#define RIGHT(j) const __m256i b##j = _mm256_loadu_si256((const __m256i *)(b + 32 * j));
/* The second quad's vectors are read again for each row: there are no registers for them, and gcc would put a sum on the stack. */
#define LEFT(quad)                                                                                                     \
    SPREAD(left, quad)                                                                                                 \
    SPREAD(left_next, quad + 4)                                                                                        \
    __asm__("" : "+r"(b));
#define NEXT(j) _mm256_loadu_si256((const __m256i *)(b - 4 * PANEL + 32 * j))
#define DOT(sum, j)                                                                                                    \
    ADD_PAIRS(sum, _mm256_add_epi16(_mm256_maddubs_epi16(left, b##j), _mm256_maddubs_epi16(left_next, NEXT(j))))

#include "int8_tiles_256.h"

#define NAMES(NAME) NAME##_of_pairs
#define TALLEST 4
#define TILES(X) X(1) X(2) X(3) X(4)
#define QUADS 1
#define RIGHT(j) const __m256i b##j = _mm256_loadu_si256((const __m256i *)(b + 32 * j));
#define LEFT(quad) SPREAD(left, quad)
#define DOT(sum, j) ADD_PAIRS(sum, _mm256_maddubs_epi16(left, b##j))

#include "int8_tiles_256.h"

#define NAMES(NAME) NAME##_of_shorts
#define TALLEST 3
#define TILES(X) X(1) X(2) X(3)
#define QUADS 1
#define RIGHT(j)                                                                                                       \
    const __m256i b##j = _mm256_loadu_si256((const __m256i *)(b + 32 * j));                                            \
    const __m256i even##j = _mm256_srai_epi16(_mm256_slli_epi16(b##j, 8), 8);                                          \
    const __m256i odd##j = _mm256_srai_epi16(b##j, 8);
#define LEFT(quad)                                                                                                     \
    SPREAD(left, quad)                                                                                                 \
    const __m256i even = _mm256_and_si256(left, _mm256_set1_epi16(0xff));                                              \
    const __m256i odd = _mm256_srli_epi16(left, 8);
#define DOT(sum, j)                                                                                                    \
    sum = _mm256_add_epi32(                                                                                            \
        sum, _mm256_add_epi32(_mm256_madd_epi16(even, even##j), _mm256_madd_epi16(odd, odd##j)));

#include "int8_tiles_256.h"

/* Where four fit, two of them do: a run that ends between two quads is multiplied quad by quad. */
static inline struct tiles tiles_of(const int8_t *panel, int32_t quads, int32_t k4) {
    const int32_t fitting = excesses_of(panel, quads)->fitting;
    if (fitting == ALONE) {
        return tiles_of_shorts;
    }
    return fitting == FOURS && k4 % 2 == 0 ? tiles_of_fours : tiles_of_pairs;
}

/* The sums have room for all rows of the tallest tile: where there are fewer, the first one stands in for those missing. */
static inline void add_excesses(
    const int8_t *panel, int32_t quads, const uint8_t *const *rows, int32_t count, const int64_t *offsets, int32_t k4,
    int32_t *sums) {
    const struct excesses *const all = excesses_of(panel, quads);
    const uint8_t *const row0 = rows[0];
    const uint8_t *const row1 = rows[count > 1 ? 1 : 0];
    const uint8_t *const row2 = rows[count > 2 ? 2 : 0];
    const uint8_t *const row3 = rows[count > 3 ? 3 : 0];
    int32_t next_run = 4 * k4;
    int64_t offset = *offsets;
    for (const struct excess *each = all->each, *const end = each + all->count; each < end; each++) {
        while (each->row >= next_run) {
            offset = *++offsets - next_run;
            next_run += 4 * k4;
        }
        const int64_t at = offset + each->row;
        const int32_t weight = each->weight;
        int32_t *const to = sums + each->column;
        to[0] += weight * row0[at];
        to[PANEL] += weight * row1[at];
        to[2 * PANEL] += weight * row2[at];
        to[3 * PANEL] += weight * row3[at];
    }
}

#define GEMM nereid_int8_gemm_avx2
#define CONV nereid_int8_conv_avx2
#define PANEL_BYTES(quads) panel_bytes(quads)
#define TILES_OF(panel, quads, k4) tiles_of(panel, quads, k4)
#define COMPLETE(panel, quads, rows, count, offsets, k4, sums)                                                         \
    add_excesses(panel, quads, rows, count, offsets, k4, sums)

#include "int8_gemm_256.h"
