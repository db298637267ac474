/* Vectors of 256 bits as blockwise.h uses them. Who includes it defines what differs: TARGET, DOT_4 and
 * DOT_8. */
#define VECTOR 8
#define WIDE 2
#define INTS __m256i
#define FLOATS __m256
#define ZEROS _mm256_setzero_ps()
#define SPREAD_INT(x) _mm256_set1_epi32(x)
#define SPREAD_FLOAT(x) _mm256_set1_ps(x)
#define LOAD_INTS(p) _mm256_loadu_si256((const __m256i *)(p))
#define LOAD_FLOATS(p) _mm256_loadu_ps(p)
#define FIRST(x) _mm256_and_si256(x, _mm256_set1_epi8(15))
#define SECOND(x) FIRST(_mm256_srli_epi16(x, 4))
#define AND(x, y) _mm256_and_si256(x, y)
#define ADD_INTS(x, y) _mm256_add_epi32(x, y)
#define MULTIPLY_INTS(x, y) _mm256_mullo_epi32(x, y)
#define HIGHER_INTS(x, y) _mm256_max_epi32(x, y)
#define HIGHEST(x) highest(x)
#define TOTAL(x) total(x)
#define TO_FLOATS(x) _mm256_cvtepi32_ps(x)
#define TO_INTS(x) _mm256_cvtps_epi32(x)
#define AS_INTS(x) _mm256_castps_si256(x)
#define ADD(x, y) _mm256_add_ps(x, y)
#define MULTIPLY(x, y) _mm256_mul_ps(x, y)
#define MULTIPLY_ADD(x, y, sum) _mm256_fmadd_ps(x, y, sum)
#define STORE_SOME(p, count, x) store_some(p, count, x)
#define STORE_BYTES(p, x) store_bytes(p, x)
#define STORE_APART(p, x) store_apart(p, x)

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#define HELPER static inline __attribute__((always_inline)) TARGET

HELPER int32_t highest(__m256i x) {
    int32_t lanes[VECTOR];
    _mm256_storeu_si256((__m256i *)lanes, x);
    int32_t most = lanes[0];
    for (int i = 1; i < VECTOR; i++) {
        most = lanes[i] > most ? lanes[i] : most;
    }
    return most;
}

HELPER int32_t total(__m256i x) {
    int32_t lanes[VECTOR];
    _mm256_storeu_si256((__m256i *)lanes, x);
    int32_t sum = 0;
    for (int i = 0; i < VECTOR; i++) {
        sum += lanes[i];
    }
    return sum;
}

HELPER void store_some(float *to, int64_t count, __m256 x) {
    float lanes[VECTOR];
    if (count >= VECTOR) {
        _mm256_storeu_ps(to, x);
    } else if (count > 0) {
        _mm256_storeu_ps(lanes, x);
        memcpy(to, lanes, sizeof(float) * (size_t)count);
    }
}

HELPER void store_bytes(int8_t *to, __m256i x) {
    const __m256i low_bytes = _mm256_setr_epi8(
        0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1);
    const __m256i bytes = _mm256_shuffle_epi8(x, low_bytes);
    const int32_t halves[2] = {_mm256_extract_epi32(bytes, 0), _mm256_extract_epi32(bytes, 4)};
    memcpy(to, halves, sizeof halves);
}

/* In each half of the vector the bytes of its even lanes come to lie before those of its odd ones. */
HELPER void store_apart(int8_t *to, __m256i x) {
    const __m256i low_bytes = _mm256_setr_epi8(
        0, 8, 4, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 8, 4, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        -1, -1, -1);
    const __m256i bytes = _mm256_shuffle_epi8(x, low_bytes);
    const uint32_t first = (uint32_t)_mm256_extract_epi32(bytes, 0);
    const uint32_t second = (uint32_t)_mm256_extract_epi32(bytes, 4);
    const uint32_t ordered[2] = {(first & 0xffff) | second << 16, first >> 16 | (second & 0xffff0000)};
    memcpy(to, ordered, sizeof ordered);
}
