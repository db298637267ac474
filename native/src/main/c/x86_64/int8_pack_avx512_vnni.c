/*
 * The packed layout of int8 products with AVX512 VNNI: four rows of 64 columns become four vectors of 16 columns each, and
 * a product with ones is the sum of the four bytes of each column.
 */
#include "nereid.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define PANEL NEREID_PANEL_AVX512_VNNI
#define VECTOR 16
#define VECTORS (PANEL / VECTOR)
#define GROUP 4

/* Quarter `i` of each of four vectors, one behind the other, for i = 0 to 3. */
TARGET static inline void transpose_quarters(__m512i v[VECTORS]) {
    const __m512i low01 = _mm512_shuffle_i32x4(v[0], v[1], 0x44);
    const __m512i high01 = _mm512_shuffle_i32x4(v[0], v[1], 0xee);
    const __m512i low23 = _mm512_shuffle_i32x4(v[2], v[3], 0x44);
    const __m512i high23 = _mm512_shuffle_i32x4(v[2], v[3], 0xee);
    v[0] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    v[1] = _mm512_shuffle_i32x4(low01, low23, 0xdd);
    v[2] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    v[3] = _mm512_shuffle_i32x4(high01, high23, 0xdd);
}

/* The panel of the columns of the mask. */
TARGET static void pack_panel(
    const uint8_t *b, int32_t k, int32_t n, __mmask64 columns, __m512i flip, int8_t *to, __m512i sums[VECTORS]) {
    const __m512i ones = _mm512_set1_epi8(1);
    for (int32_t row = 0; row < k; row += GROUP) {
        __m512i rows[GROUP];
        for (int32_t i = 0; i < GROUP; i++) {
            /* A row beyond the edge, and a column, is zero and not what zero is flipped to. */
            const __mmask64 mask = row + i < k ? columns : 0;
            const __m512i bytes = _mm512_maskz_loadu_epi8(mask, b + (int64_t)(mask ? row + i : 0) * n);
            rows[i] = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(bytes, flip));
        }
        const __m512i low01 = _mm512_unpacklo_epi8(rows[0], rows[1]);
        const __m512i high01 = _mm512_unpackhi_epi8(rows[0], rows[1]);
        const __m512i low23 = _mm512_unpacklo_epi8(rows[2], rows[3]);
        const __m512i high23 = _mm512_unpackhi_epi8(rows[2], rows[3]);
        /* In each quarter 16 columns, of which a vector has four. */
        __m512i packed[VECTORS] = {
            _mm512_unpacklo_epi16(low01, low23), _mm512_unpackhi_epi16(low01, low23),
            _mm512_unpacklo_epi16(high01, high23), _mm512_unpackhi_epi16(high01, high23)};
        transpose_quarters(packed);
        for (int32_t j = 0; j < VECTORS; j++) {
            sums[j] = _mm512_dpbusd_epi32(sums[j], ones, packed[j]);
            _mm512_storeu_si512(to + j * GROUP * VECTOR, packed[j]);
        }
        to += GROUP * PANEL;
    }
}

TARGET void nereid_int8_pack_avx512_vnni(NEREID_INT8_PACK_PARAMETERS) {
    const int64_t k4 = (k + GROUP - 1) / GROUP;
    const __m512i flips = _mm512_set1_epi8((char)flip);
    for (int32_t first = 0; first < n; first += panel) {
        const int32_t columns = n - first < panel ? n - first : panel;
        __m512i sums[VECTORS] = {
            _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
        const __mmask64 mask = columns >= PANEL ? UINT64_MAX : ((uint64_t)1 << columns) - 1;
        pack_panel(b + first, k, n, mask, flips, packed + first * k4 * GROUP, sums);
        for (int32_t j = 0; j < columns; j += VECTOR) {
            const int32_t left = columns - j;
            const __mmask16 some = left >= VECTOR ? 0xffff : (__mmask16)((1u << left) - 1);
            _mm512_mask_storeu_epi32(column_sums + first + j, some, sums[j / VECTOR]);
        }
    }
}
