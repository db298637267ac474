#include "nereid.h"

#include <immintrin.h>

void nereid_uint8_rows(NEREID_UINT8_ROWS_PARAMETERS) {
    const int64_t row_bytes = ((int64_t)k + 3) / 4 * 4;
    for (int32_t i = 0; i < m; i++) {
        const uint8_t *from = a + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        uint32_t sum = 0;
        for (int32_t j = 0; j < k; j++) {
            to[j] = (uint8_t)(from[j] ^ flip);
            sum += to[j];
        }
        for (int64_t j = k; j < row_bytes; j++) {
            to[j] = 0;
        }
        row_sums[i] = (int32_t)sum;
    }
}

#define WIDTH 64

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni"))) void nereid_uint8_rows_avx512_vnni(
    NEREID_UINT8_ROWS_PARAMETERS) {
    const int64_t row_bytes = ((int64_t)k + 3) / 4 * 4;
    const __m512i flips = _mm512_set1_epi8((char)flip);
    const __m512i ones = _mm512_set1_epi8(1);
    for (int32_t i = 0; i < m; i++) {
        const uint8_t *from = a + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        __m512i sums = _mm512_setzero_si512();
        int32_t j = 0;
        for (; j + WIDTH <= k; j += WIDTH) {
            const __m512i bytes = _mm512_xor_si512(_mm512_loadu_si512(from + j), flips);
            sums = _mm512_dpbusd_epi32(sums, bytes, ones);
            _mm512_storeu_si512(to + j, bytes);
        }
        if (j < row_bytes) {
            const __mmask64 there = ((uint64_t)1 << (k - j)) - 1;
            const __mmask64 stored = row_bytes - j == WIDTH ? UINT64_MAX : ((uint64_t)1 << (row_bytes - j)) - 1;
            const __m512i bytes = _mm512_maskz_mov_epi8(
                there, _mm512_xor_si512(_mm512_maskz_loadu_epi8(there, from + j), flips));
            sums = _mm512_dpbusd_epi32(sums, bytes, ones);
            _mm512_mask_storeu_epi8(to + j, stored, bytes);
        }
        row_sums[i] = _mm512_reduce_add_epi32(sums);
    }
}
