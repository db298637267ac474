/*
 * Depthwise convolutions of bytes with AVX2: half a block, 32 channels of a cell, at a time. As with AVX512 four rows of taps
 * are interleaved; the even and the odd ones of the four are then multiplied as pairs of 16 bits, whose sums are exact. Vector v
 * of a half has the channels 16 * l + 4 * v + i, l counting to two and i to four, which packing to bytes puts in order again.
 */
#define TARGET __attribute__((target("avx2")))
#define CHANNELS 32
#define VECTORS 4
#define INTEGERS __m256i
#define FLOATS __m256
#define SOME int32_t
#define FIRST(count) ((int32_t)(count))
#define EVERY_BYTE(x) _mm256_set1_epi8(x)
#define EVERY_SHORT(x) _mm256_set1_epi16(x)
#define EVERY_FLOAT(x) _mm256_set1_ps(x)

#include "int8_depthwise.h"

#define CELL TARGET static inline __attribute__((always_inline))
#define LANES 8
#define QUAD_BYTES (QUAD * NEREID_DEPTHWISE_BLOCK)
#define VECTOR_BYTES (QUAD_BYTES / VECTORS)

/* The numbers of a column in a row of taps. */
CELL __m256i load(const struct row *row, const int checked, int32_t tap_row, int64_t column) {
    const uint8_t *from = row->from[tap_row] + column * row->step[tap_row];
    if (checked && (column < 0 || column >= row->width)) {
        from = row->edge;
    }
    __m256i numbers;
    if (row->channels == CHANNELS) {
        numbers = _mm256_loadu_si256((const __m256i *)from);
    } else {
        numbers = _mm256_setzero_si256();
        memcpy(&numbers, from, (size_t)row->channels);
    }
    return _mm256_xor_si256(numbers, row->flip);
}

/* Adds four products for each lane. */
CELL __m256i dot(__m256i sum, __m256i numbers, const int8_t *w) {
    const __m256i weights = _mm256_loadu_si256((const __m256i *)w);
    const __m256i even = _mm256_madd_epi16(
        _mm256_and_si256(numbers, _mm256_set1_epi16(0xff)), _mm256_srai_epi16(_mm256_slli_epi16(weights, 8), 8));
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(numbers, 8), _mm256_srai_epi16(weights, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}

/* Up to four rows of taps in one column, of which the last stands for those that are not there. */
CELL void add_quad(
    const struct row *row, const int checked, const int32_t tap_rows, const int32_t quad, int64_t column,
    const int8_t *w, __m256i sums[VECTORS]) {
    const int32_t first = quad * QUAD;
    const int32_t last = tap_rows - 1;
    const __m256i a = load(row, checked, first, column);
    const __m256i b = first + 1 <= last ? load(row, checked, first + 1, column) : a;
    const __m256i c = first + 2 <= last ? load(row, checked, first + 2, column) : a;
    const __m256i d = first + 3 <= last ? load(row, checked, first + 3, column) : c;
    const __m256i ab_low = _mm256_unpacklo_epi8(a, b);
    const __m256i cd_low = _mm256_unpacklo_epi8(c, d);
    sums[0] = dot(sums[0], _mm256_unpacklo_epi16(ab_low, cd_low), w);
    sums[1] = dot(sums[1], _mm256_unpackhi_epi16(ab_low, cd_low), w + VECTOR_BYTES);
    const __m256i ab_high = _mm256_unpackhi_epi8(a, b);
    const __m256i cd_high = _mm256_unpackhi_epi8(c, d);
    sums[2] = dot(sums[2], _mm256_unpacklo_epi16(ab_high, cd_high), w + 2 * VECTOR_BYTES);
    sums[3] = dot(sums[3], _mm256_unpackhi_epi16(ab_high, cd_high), w + 3 * VECTOR_BYTES);
}

/* Nothing below `lowest` needs a clamp: packing saturates, and what is no int at all becomes the least one. */
CELL __m256i quantized(const struct row *row, __m256i sum, const int32_t vector) {
    const __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), row->scale[vector]);
    return _mm256_cvtps_epi32(_mm256_min_ps(value, row->high));
}

/* Sums as they are, each channel's where it belongs. */
__attribute__((noinline)) TARGET static void scatter(const struct row *row, const __m256i *sums, int32_t *y) {
    int32_t memory[CHANNELS];
    memcpy(memory, sums, sizeof memory);
    for (int32_t channel = 0; channel < row->channels; channel++) {
        y[channel] = memory[channel % 16 / 4 * LANES + channel / 16 * 4 + channel % 4];
    }
}

/* Stores the sums of a cell: bytes, or the sums themselves where there is no scale. */
CELL void store(const struct row *row, const __m256i sums[VECTORS], char *y) {
    if (!row->quantizes) {
        const __m256i copy[VECTORS] = {sums[0], sums[1], sums[2], sums[3]};
        scatter(row, copy, (int32_t *)y);
        return;
    }
    const __m256i front = _mm256_adds_epi16(
        _mm256_packs_epi32(quantized(row, sums[0], 0), quantized(row, sums[1], 1)), row->shift);
    const __m256i back = _mm256_adds_epi16(
        _mm256_packs_epi32(quantized(row, sums[2], 2), quantized(row, sums[3], 3)), row->shift);
    const __m256i bytes = row->lowest == 0 ? _mm256_packus_epi16(front, back) : _mm256_packs_epi16(front, back);
    if (row->channels == CHANNELS) {
        _mm256_storeu_si256((__m256i *)y, bytes);
    } else {
        memcpy(y, &bytes, (size_t)row->channels);
    }
}

/* One output, whose first tap is at `column`. */
CELL void cell(
    const struct row *row, const int checked, const int32_t tap_rows, const int32_t tap_columns, int32_t dilation,
    int64_t column, char *y) {
    const int32_t quads = quads_of(tap_rows);
    __m256i sums[VECTORS] = {row->start[0], row->start[1], row->start[2], row->start[3]};
    const int8_t *w = row->w;
    for (int32_t plane = 0; plane < row->planes; plane++) {
        for (int32_t tap = 0; tap < tap_columns; tap++) {
            for (int32_t quad = 0; quad < quads; quad++) {
                add_quad(
                    row, checked, tap_rows, quad, column + tap * (int64_t)dilation, w + (tap * quads + quad) * QUAD_BYTES,
                    sums);
            }
        }
        w = row->more + plane * row->plane;
    }
    store(row, sums, y);
}

#define ROW_OF(NAME, ROWS, COLUMNS, DILATION)                                                                          \
    TARGET static void NAME(                                                                                           \
        const struct row *row, int64_t stride, int64_t padding, int64_t from, int64_t to, int64_t cells, char *y,      \
        int64_t y_cell) {                                                                                              \
        for (int64_t at = 0; at < cells; at++) {                                                                       \
            const int64_t column = at * stride - padding;                                                              \
            if (at >= from && at < to) {                                                                               \
                cell(row, 0, ROWS, COLUMNS, DILATION, column, y + at * y_cell);                                        \
            } else {                                                                                                   \
                cell(row, 1, ROWS, COLUMNS, DILATION, column, y + at * y_cell);                                        \
            }                                                                                                          \
        }                                                                                                              \
    }

ROW_OF(row_3, 3, 3, 1)
ROW_OF(row_5, 5, 5, 1)
ROW_OF(any_row, row->tap_rows, row->tap_columns, row->dilation)

static row_function *row_of(int32_t rows, int32_t columns, int32_t stride, int32_t dilation) {
    (void)stride;
    if (rows != columns || dilation != 1) {
        return any_row;
    }
    return rows == 3 ? row_3 : rows == 5 ? row_5 : any_row;
}

/* Four vectors that follow each other, in the order of a half. */
CELL void order(const void *numbers, __m256i places[VECTORS]) {
    const __m256i *const from = numbers;
    const __m256i a = _mm256_loadu_si256(from);
    const __m256i b = _mm256_loadu_si256(from + 1);
    const __m256i c = _mm256_loadu_si256(from + 2);
    const __m256i d = _mm256_loadu_si256(from + 3);
    places[0] = _mm256_permute2x128_si256(a, c, 0x20);
    places[1] = _mm256_permute2x128_si256(a, c, 0x31);
    places[2] = _mm256_permute2x128_si256(b, d, 0x20);
    places[3] = _mm256_permute2x128_si256(b, d, 0x31);
}

/* A scale that is not a number makes all sums 0, as the scale 0 does; one without bound saturates all but 0. */
static inline float scale_of(float given) {
    return given != given ? 0 : given > FLT_MAX ? FLT_MAX : given < -FLT_MAX ? -FLT_MAX : given;
}

/* Says how the sums of a half begin and end; arrays from its first channel on. */
TARGET static void prepare(
    struct row *row, const int32_t *filter_sums, int32_t zero, const int32_t *bias, const float *scale) {
    uint32_t starts[CHANNELS] = {0};
    float scales[CHANNELS] = {0};
    for (int32_t channel = 0; channel < row->channels; channel++) {
        starts[channel] =
            (bias ? (uint32_t)bias[channel] : 0) - (uint32_t)zero * (uint32_t)filter_sums[channel];
        scales[channel] = scale ? scale_of(scale[channel]) : 0;
    }
    order(starts, row->start);
    __m256i places[VECTORS];
    order(scales, places);
    for (int32_t vector = 0; vector < VECTORS; vector++) {
        row->scale[vector] = _mm256_castsi256_ps(places[vector]);
    }
}

#define FUNCTION nereid_int8_depthwise_avx2

#include "int8_depthwise_bands.h"
