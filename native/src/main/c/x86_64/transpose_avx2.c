/*
 * Transposes matrices with AVX2. Blocks are as long along y's rows as a cache line, so that lines of y are written whole; the
 * last ones go over elements of those before again.
 */
#include "nereid.h"

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))

#define SIDE 8        /* of a square of words */
#define LINE_WORDS 16 /* of a cache line */
#define BYTE_SIDE 16  /* of a square of bytes */
#define LINE_BYTES 64

/* Where the block at i begins that ends within the extent. */
#define BEGIN(i, size, extent) ((i) < (extent) - (size) ? (i) : (extent) - (size))
#define LEAST(a, b) ((a) < (b) ? (a) : (b))

/* The four words at column c of row r, and behind them those of row r + 4. */
#define HALVES(r, c)                                                                                                   \
    _mm256_inserti128_si256(                                                                                           \
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(x + (r) * x_stride + 4 * (c)))),                      \
        _mm_loadu_si128((const __m128i *)(x + ((r) + 4) * x_stride + 4 * (c))),                                        \
        1)

#define STORE(r, vector) _mm256_storeu_si256((__m256i *)(y + (r) * y_stride), vector)

/* Columns c to c + 3 of a square become rows of it. */
#define FOUR_COLUMNS(c)                                                                                                \
    {                                                                                                                  \
        const __m256i a0 = HALVES(0, c);                                                                               \
        const __m256i a1 = HALVES(1, c);                                                                               \
        const __m256i a2 = HALVES(2, c);                                                                               \
        const __m256i a3 = HALVES(3, c);                                                                               \
        const __m256i b0 = _mm256_unpacklo_epi32(a0, a1);                                                              \
        const __m256i b1 = _mm256_unpackhi_epi32(a0, a1);                                                              \
        const __m256i b2 = _mm256_unpacklo_epi32(a2, a3);                                                              \
        const __m256i b3 = _mm256_unpackhi_epi32(a2, a3);                                                              \
        STORE((c) + 0, _mm256_unpacklo_epi64(b0, b2));                                                                 \
        STORE((c) + 1, _mm256_unpackhi_epi64(b0, b2));                                                                 \
        STORE((c) + 2, _mm256_unpacklo_epi64(b1, b3));                                                                 \
        STORE((c) + 3, _mm256_unpackhi_epi64(b1, b3));                                                                 \
    }

TARGET static inline void square_of_words(const uint8_t *x, int64_t x_stride, uint8_t *y, int64_t y_stride) {
    FOUR_COLUMNS(0)
    FOUR_COLUMNS(4)
}

TARGET void nereid_transpose_words_avx2(NEREID_TRANSPOSE_PARAMETERS) {
    for (int64_t row = 0; row < rows; row += LINE_WORDS) {
        const int64_t behind = LEAST(row + LINE_WORDS, rows);
        for (int64_t column = 0; column < columns; column += SIDE) {
            const int64_t left = BEGIN(column, SIDE, columns);
            for (int64_t r = row; r < behind; r += SIDE) {
                const int64_t top = BEGIN(r, SIDE, rows);
                square_of_words(x + top * x_stride + 4 * left, x_stride, y + left * y_stride + 4 * top, y_stride);
            }
        }
    }
}

/*
 * To shuffle the rows of a square, the first half of them with the second, turns the bits of every byte's place by one; four
 * times makes rows of columns.
 */
#define SHUFFLED(LOW, HIGH, from, to)                                                                                  \
    to##0 = LOW(from##0, from##8), to##1 = HIGH(from##0, from##8), to##2 = LOW(from##1, from##9),                      \
    to##3 = HIGH(from##1, from##9), to##4 = LOW(from##2, from##10), to##5 = HIGH(from##2, from##10),                   \
    to##6 = LOW(from##3, from##11), to##7 = HIGH(from##3, from##11), to##8 = LOW(from##4, from##12),                   \
    to##9 = HIGH(from##4, from##12), to##10 = LOW(from##5, from##13), to##11 = HIGH(from##5, from##13),                \
    to##12 = LOW(from##6, from##14), to##13 = HIGH(from##6, from##14), to##14 = LOW(from##7, from##15),                \
    to##15 = HIGH(from##7, from##15)

#define SIXTEEN_ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

#define LOAD_16(r) const __m128i a##r = _mm_loadu_si128((const __m128i *)(x + r * x_stride));
#define STORE_16(r) _mm_storeu_si128((__m128i *)(y + r * y_stride), e##r);

TARGET static inline void square_of_bytes(const uint8_t *x, int64_t x_stride, uint8_t *y, int64_t y_stride) {
    SIXTEEN_ROWS(LOAD_16)
    const __m128i SHUFFLED(_mm_unpacklo_epi8, _mm_unpackhi_epi8, a, b);
    const __m128i SHUFFLED(_mm_unpacklo_epi8, _mm_unpackhi_epi8, b, c);
    const __m128i SHUFFLED(_mm_unpacklo_epi8, _mm_unpackhi_epi8, c, d);
    const __m128i SHUFFLED(_mm_unpacklo_epi8, _mm_unpackhi_epi8, d, e);
    SIXTEEN_ROWS(STORE_16)
}

#define LOAD_32(r) const __m256i a##r = _mm256_loadu_si256((const __m256i *)(x + r * x_stride));
#define STORE_32(r)                                                                                                    \
    _mm_storeu_si128((__m128i *)(y + r * y_stride), _mm256_castsi256_si128(e##r));                                     \
    _mm_storeu_si128((__m128i *)(y + (r + BYTE_SIDE) * y_stride), _mm256_extracti128_si256(e##r, 1));

/* Two squares side by side in x, below each other in y: one in each half of the vectors. */
TARGET static inline void two_squares_of_bytes(const uint8_t *x, int64_t x_stride, uint8_t *y, int64_t y_stride) {
    SIXTEEN_ROWS(LOAD_32)
    const __m256i SHUFFLED(_mm256_unpacklo_epi8, _mm256_unpackhi_epi8, a, b);
    const __m256i SHUFFLED(_mm256_unpacklo_epi8, _mm256_unpackhi_epi8, b, c);
    const __m256i SHUFFLED(_mm256_unpacklo_epi8, _mm256_unpackhi_epi8, c, d);
    const __m256i SHUFFLED(_mm256_unpacklo_epi8, _mm256_unpackhi_epi8, d, e);
    SIXTEEN_ROWS(STORE_32)
}

TARGET void nereid_transpose_bytes_avx2(NEREID_TRANSPOSE_PARAMETERS) {
    const int64_t width = columns < 2 * BYTE_SIDE ? BYTE_SIDE : 2 * BYTE_SIDE;
    for (int64_t row = 0; row < rows; row += LINE_BYTES) {
        const int64_t behind = LEAST(row + LINE_BYTES, rows);
        for (int64_t column = 0; column < columns; column += width) {
            const int64_t left = BEGIN(column, width, columns);
            for (int64_t r = row; r < behind; r += BYTE_SIDE) {
                const int64_t top = BEGIN(r, BYTE_SIDE, rows);
                const uint8_t *from = x + top * x_stride + left;
                uint8_t *to = y + left * y_stride + top;
                if (width == BYTE_SIDE) {
                    square_of_bytes(from, x_stride, to, y_stride);
                } else {
                    two_squares_of_bytes(from, x_stride, to, y_stride);
                }
            }
        }
    }
}
