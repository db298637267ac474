/* Quantisation of floats to the rows of a left operand, sixteen and eight at a time. */
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl")))
#define AVX2 __attribute__((target("avx2")))

AVX512 void nereid_uint8_quantize_avx512_vnni(NEREID_UINT8_QUANTIZE_PARAMETERS) {
    const int64_t row_bytes = ((int64_t)k + 3) / 4 * 4;
    const __m512 divisor = _mm512_set1_ps(scale);
    const __m512 low = _mm512_set1_ps((float)-zero_point);
    const __m512 high = _mm512_set1_ps((float)(255 - zero_point));
    const __m512i shift = _mm512_set1_epi32(zero_point);
    for (int32_t i = 0; i < m; i++) {
        const float *from = x + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        __m512i sums = _mm512_setzero_si512();
        for (int32_t j = 0; j < k; j += 16) {
            const __mmask16 mask = k - j >= 16 ? 0xffff : (__mmask16)((1u << (k - j)) - 1);
            __m512 value = _mm512_div_ps(_mm512_maskz_loadu_ps(mask, from + j), divisor);
            value = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(value, value, _CMP_ORD_Q), value);
            value = _mm512_min_ps(_mm512_max_ps(value, low), high);
            const __m512i rounded = _mm512_add_epi32(_mm512_cvtps_epi32(value), shift);
            sums = _mm512_mask_add_epi32(sums, mask, sums, rounded);
            _mm512_mask_cvtepi32_storeu_epi8(to + j, mask, rounded);
        }
        for (int64_t j = k; j < row_bytes; j++) {
            to[j] = 0;
        }
        row_sums[i] = _mm512_reduce_add_epi32(sums);
    }
}

AVX2 void nereid_uint8_quantize_avx2(NEREID_UINT8_QUANTIZE_PARAMETERS) {
    const int64_t row_bytes = ((int64_t)k + 3) / 4 * 4;
    const __m256 divisor = _mm256_set1_ps(scale);
    const __m256 low = _mm256_set1_ps((float)-zero_point);
    const __m256 high = _mm256_set1_ps((float)(255 - zero_point));
    const __m256i shift = _mm256_set1_epi32(zero_point);
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i low_bytes = _mm256_setr_epi8(
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1);
    for (int32_t i = 0; i < m; i++) {
        const float *from = x + (int64_t)i * k;
        uint8_t *to = rows + i * row_bytes;
        int32_t sum = 0;
        for (int32_t j = 0; j < k; j += 8) {
            const int32_t count = k - j < 8 ? k - j : 8;
            const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes);
            __m256 value = _mm256_div_ps(_mm256_maskload_ps(from + j, mask), divisor);
            value = _mm256_and_ps(value, _mm256_cmp_ps(value, value, _CMP_ORD_Q));
            value = _mm256_min_ps(_mm256_max_ps(value, low), high);
            const __m256i rounded = _mm256_and_si256(_mm256_add_epi32(_mm256_cvtps_epi32(value), shift), mask);
            const __m256i bytes = _mm256_shuffle_epi8(rounded, low_bytes);
            const uint32_t halves[2] = {
                (uint32_t)_mm256_extract_epi32(bytes, 0), (uint32_t)_mm256_extract_epi32(bytes, 4)};
            memcpy(to + j, halves, (size_t)count);
            const __m256i wide = _mm256_sad_epu8(bytes, _mm256_setzero_si256());
            sum += _mm256_extract_epi32(wide, 0) + _mm256_extract_epi32(wide, 4);
        }
        for (int64_t j = k; j < row_bytes; j++) {
            to[j] = 0;
        }
        row_sums[i] = sum;
    }
}
