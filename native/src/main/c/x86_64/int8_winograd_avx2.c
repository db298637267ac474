/*
 * Convolutions of bytes of 3 x 3 taps by Winograd's F(2 x 2, 3 x 3): four output cells cost 16 multiplications of channels by
 * filters instead of 36. Filters are transformed without the algorithm's halves, so that all is integers and four times the
 * sums come out: exact, where these fit into 32 bits. Cells of a tile are at most 4 * 255 when they are transformed, filters
 * at most 9 * 128, which leaves pairs of 16 bits to multiply.
 */
#include "nereid.h"

#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2")))
#define NAMES(NAME) NAME##_of_words
#define TALLEST 6
#define TILES(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define QUADS 1
#define RIGHT(j) const __m256i b##j = _mm256_loadu_si256((const __m256i *)(b + 32 * j));
#define LEFT(quad) SPREAD(left, quad)
#define DOT(sum, j) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(left, b##j));

#include "int8_tiles_256.h"

#include "int8_finish_256.h"

#define SIDE 4
#define OUTPUTS 2
#define PLACES NEREID_INT8_WINOGRAD_PLACES
#define MOST_TILES NEREID_INT8_WINOGRAD_TILES
#define WORDS 16
#define UNROLL _Pragma("GCC unroll 16")

INLINE void transform(const __m256i d[SIDE], __m256i to[SIDE]) {
    to[0] = _mm256_sub_epi16(d[0], d[2]);
    to[1] = _mm256_add_epi16(d[1], d[2]);
    to[2] = _mm256_sub_epi16(d[2], d[1]);
    to[3] = _mm256_sub_epi16(d[1], d[3]);
}

INLINE void transform_back(const __m256i m[SIDE], __m256i to[OUTPUTS]) {
    to[0] = _mm256_add_epi32(_mm256_add_epi32(m[0], m[1]), m[2]);
    to[1] = _mm256_sub_epi32(_mm256_sub_epi32(m[1], m[2]), m[3]);
}

/* Transforms the 4 x 4 cells from x on to as many places, `place` elements apart. */
TARGET static void transform_tile(const uint8_t *x, int64_t x_row, int32_t channels, int16_t *v, int64_t place) {
    for (int32_t channel = 0; channel < channels; channel += WORDS) {
        __m256i between[SIDE][SIDE];
        UNROLL
        for (int32_t j = 0; j < SIDE; j++) {
            __m256i line[SIDE];
            __m256i result[SIDE];
            UNROLL
            for (int32_t i = 0; i < SIDE; i++) {
                const uint8_t *const from = x + channel + i * x_row + j * (int64_t)channels;
                line[i] = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)from));
            }
            transform(line, result);
            UNROLL
            for (int32_t i = 0; i < SIDE; i++) {
                between[i][j] = result[i];
            }
        }
        UNROLL
        for (int32_t i = 0; i < SIDE; i++) {
            __m256i result[SIDE];
            transform(between[i], result);
            UNROLL
            for (int32_t j = 0; j < SIDE; j++) {
                _mm256_storeu_si256((__m256i *)(v + channel + (i * SIDE + j) * place), result[j]);
            }
        }
    }
}

/* Sums of the 2 x 2 cells of a tile, each [PANEL], from those at its places, `place` elements apart. */
TARGET static void transform_tile_back(const int32_t *m, int64_t place, int32_t *upper, int32_t *lower) {
    for (int32_t column = 0; column < PANEL; column += VECTOR) {
        __m256i between[OUTPUTS][SIDE];
        UNROLL
        for (int32_t j = 0; j < SIDE; j++) {
            __m256i line[SIDE];
            __m256i result[OUTPUTS];
            UNROLL
            for (int32_t i = 0; i < SIDE; i++) {
                line[i] = _mm256_loadu_si256((const __m256i *)(m + column + (i * SIDE + j) * place));
            }
            transform_back(line, result);
            between[0][j] = result[0];
            between[1][j] = result[1];
        }
        UNROLL
        for (int32_t i = 0; i < OUTPUTS; i++) {
            int32_t *const to = (i == 0 ? upper : lower) + column;
            __m256i result[OUTPUTS];
            transform_back(between[i], result);
            UNROLL
            for (int32_t j = 0; j < OUTPUTS; j++) {
                _mm256_store_si256((__m256i *)(to + j * PANEL), _mm256_srai_epi32(result[j], 2));
            }
        }
    }
}

/* m: [PLACES][count][PANEL], of v: [PLACES][count][channels] and one panel of filters. */
static void multiply(const int16_t *v, int32_t count, int32_t channels, const int16_t *u, int32_t *m) {
    const int64_t offset = 0;
    for (int32_t place = 0; place < PLACES; place++) {
        for (int32_t tile = 0; tile < count; tile += TALLEST_OF_ALL) {
            const int32_t rows = count - tile < TALLEST_OF_ALL ? count - tile : TALLEST_OF_ALL;
            const uint8_t *starts[TALLEST_OF_ALL];
            for (int32_t i = 0; i < rows; i++) {
                starts[i] = (const uint8_t *)(v + (int64_t)(tile + i) * channels);
            }
            tiles_of_words.run[rows - 1](starts, 1, &offset, channels / 2, (const int8_t *)u, m + tile * PANEL);
        }
        v += (int64_t)count * channels;
        u += (int64_t)PANEL * channels;
        m += (int64_t)count * PANEL;
    }
}

TARGET void nereid_int8_winograd_avx2(NEREID_INT8_WINOGRAD_PARAMETERS) {
    const struct nereid_int8_epilogue epilogue = {column_start, column_factor, row_factor, scale, 0};
    const int32_t across = (width + 1) / OUTPUTS;
    const int32_t bytes_a_cell = scale ? 1 : 4;
    int32_t *const m = scratch;
    int16_t *const v = (int16_t *)(m + PLACES * block * PANEL);
    _Alignas(64) int32_t sums[OUTPUTS][OUTPUTS * MOST_TILES * PANEL];
    for (int32_t from = first; from < first + tiles; from += block) {
        const int32_t count = first + tiles - from < block ? first + tiles - from : block;
        for (int32_t tile = 0; tile < count; tile++) {
            const int64_t line = (from + tile) / across;
            const int64_t at = (from + tile) % across;
            transform_tile(
                x + OUTPUTS * (line * x_row + at * channels), x_row, channels, v + (int64_t)tile * channels,
                (int64_t)count * channels);
        }
        for (int32_t column = 0; column < n; column += PANEL) {
            const int32_t columns = n - column < PANEL ? n - column : PANEL;
            struct bytes bytes;
            if (scale) {
                bytes = bytes_of(&epilogue, column, columns, lowest, zero_point);
            }
            multiply(v, count, channels, u + (int64_t)column * PLACES * channels, m);
            int32_t span;
            for (int32_t tile = 0; tile < count; tile += span) {
                const int32_t line = (from + tile) / across;
                const int32_t at = (from + tile) % across;
                span = count - tile < across - at ? count - tile : across - at;
                for (int32_t i = 0; i < span; i++) {
                    const int32_t to = OUTPUTS * PANEL * i;
                    transform_tile_back(m + (tile + i) * PANEL, count * PANEL, sums[0] + to, sums[1] + to);
                }
                const int32_t left = width - OUTPUTS * at;
                const int32_t cells = OUTPUTS * span < left ? OUTPUTS * span : left;
                for (int32_t i = 0; i < OUTPUTS && OUTPUTS * line + i < height; i++) {
                    const int64_t row = (OUTPUTS * line + i) * (int64_t)width + OUTPUTS * at;
                    char *const to = (char *)c + bytes_a_cell * (row * ldc + column);
                    if (scale) {
                        finish_bytes(
                            &bytes, sums[i], cells, columns, (uint8_t *)to, ldc, column_factor ? row_factor + row : 0);
                    } else {
                        finish(sums[i], cells, columns, row, column, to, ldc, &epilogue);
                    }
                }
            }
        }
    }
}
