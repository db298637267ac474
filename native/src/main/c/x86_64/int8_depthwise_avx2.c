/*
 * Depthwise convolutions of bytes with AVX2: half a block, 32 channels of a cell, at a time. As with AVX512 four rows of taps
 * are interleaved; the even and the odd ones of the four are then multiplied as pairs of 16 bits, whose sums are exact. Vector v
 * of a half has the channels 16 * l + 4 * v + i, l counting to two and i to four, which packing to bytes puts in order again.
 */
#include <immintrin.h>

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

#define MOST_TAPS 5
#define MOST_QUADS 2

/* Of four rows of taps in a column: the even and the odd weights of each vector, as 16 bits. */
struct wide {
    __m256i even[VECTORS];
    __m256i odd[VECTORS];
};

/* Those of windows of up to 5 x 5 taps: [columns][quads]. */
#define OWN struct wide wide[MOST_TAPS * MOST_QUADS];

#include "int8_depthwise.h"

#define CELL TARGET static inline __attribute__((always_inline))
#define LANES 8
#define UNROLL _Pragma("GCC unroll 16")
#define QUAD_BYTES (QUAD * NEREID_DEPTHWISE_BLOCK)
#define VECTOR_BYTES (QUAD_BYTES / VECTORS)

/* The numbers of a column in a row of taps; `full` where there are all CHANNELS. */
CELL __m256i load(const struct row *row, const int full, const int checked, int32_t tap_row, int64_t column) {
    const uint8_t *from = row->from[tap_row] + column * row->step[tap_row];
    if (checked && (column < 0 || column >= row->width)) {
        from = row->edge;
    }
    __m256i numbers;
    if (full || row->channels == CHANNELS) {
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

/* Four rows of taps of a column, vector by vector, of which the last stands for those that are not there. */
CELL void load_quad(
    const struct row *row, const int full, const int checked, const int32_t tap_rows, const int32_t quad,
    int64_t column, __m256i numbers[VECTORS]) {
    const int32_t first = quad * QUAD;
    const int32_t last = tap_rows - 1;
    const __m256i a = load(row, full, checked, first, column);
    const __m256i b = first + 1 <= last ? load(row, full, checked, first + 1, column) : a;
    const __m256i c = first + 2 <= last ? load(row, full, checked, first + 2, column) : a;
    const __m256i d = first + 3 <= last ? load(row, full, checked, first + 3, column) : c;
    const __m256i ab_low = _mm256_unpacklo_epi8(a, b);
    const __m256i cd_low = _mm256_unpacklo_epi8(c, d);
    const __m256i ab_high = _mm256_unpackhi_epi8(a, b);
    const __m256i cd_high = _mm256_unpackhi_epi8(c, d);
    numbers[0] = _mm256_unpacklo_epi16(ab_low, cd_low);
    numbers[1] = _mm256_unpackhi_epi16(ab_low, cd_low);
    numbers[2] = _mm256_unpacklo_epi16(ab_high, cd_high);
    numbers[3] = _mm256_unpackhi_epi16(ab_high, cd_high);
}

/* Up to four rows of taps in one column. */
CELL void add_quad(
    const struct row *row, const int checked, const int32_t tap_rows, const int32_t quad, int64_t column,
    const int8_t *w, __m256i sums[VECTORS]) {
    __m256i numbers[VECTORS];
    load_quad(row, 0, checked, tap_rows, quad, column, numbers);
    UNROLL
    for (int32_t vector = 0; vector < VECTORS; vector++) {
        sums[vector] = dot(sums[vector], numbers[vector], w + vector * VECTOR_BYTES);
    }
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

CELL __m256i bytes_of(const struct row *row, const __m256i sums[VECTORS]) {
    const __m256i front = _mm256_adds_epi16(
        _mm256_packs_epi32(quantized(row, sums[0], 0), quantized(row, sums[1], 1)), row->shift);
    const __m256i back = _mm256_adds_epi16(
        _mm256_packs_epi32(quantized(row, sums[2], 2), quantized(row, sums[3], 3)), row->shift);
    return row->lowest == 0 ? _mm256_packus_epi16(front, back) : _mm256_packs_epi16(front, back);
}

/* Stores the sums of a cell: bytes, or the sums themselves where there is no scale. */
CELL void store(const struct row *row, const __m256i sums[VECTORS], char *y) {
    if (!row->quantizes) {
        const __m256i copy[VECTORS] = {sums[0], sums[1], sums[2], sums[3]};
        scatter(row, copy, (int32_t *)y);
        return;
    }
    const __m256i bytes = bytes_of(row, sums);
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

CELL __m256i add_pairs(__m256i sum, __m256i even, __m256i odd, const struct wide *wide, const int32_t vector) {
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(even, wide->even[vector]));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(odd, wide->odd[vector]));
    /* In this order: gcc would add up products elsewhere first, and have no registers for them. */
    __asm__("" : "+x"(sum));
    return sum;
}

/*
 * Two outputs that follow each other, the first one's first tap at `column`: what both read is read, and its even and odd
 * bytes are made pairs, once.
 */
CELL void two_cells(
    const struct row *row, const int checked, const int32_t taps, const int32_t stride, int64_t column, char *y,
    int64_t y_cell) {
    const int32_t quads = quads_of(taps);
    const __m256i low = _mm256_set1_epi16(0xff);
    __m256i first[VECTORS] = {row->start[0], row->start[1], row->start[2], row->start[3]};
    __m256i second[VECTORS] = {row->start[0], row->start[1], row->start[2], row->start[3]};
    UNROLL
    for (int32_t tap = 0; tap < taps + stride; tap++) {
        UNROLL
        for (int32_t quad = 0; quad < quads; quad++) {
            __m256i numbers[VECTORS];
            load_quad(row, 1, checked, taps, quad, column + tap, numbers);
            UNROLL
            for (int32_t vector = 0; vector < VECTORS; vector++) {
                const __m256i even = _mm256_and_si256(numbers[vector], low);
                const __m256i odd = _mm256_srli_epi16(numbers[vector], 8);
                if (tap < taps) {
                    first[vector] = add_pairs(first[vector], even, odd, row->wide + tap * quads + quad, vector);
                }
                if (tap >= stride) {
                    const struct wide *const wide = row->wide + (tap - stride) * quads + quad;
                    second[vector] = add_pairs(second[vector], even, odd, wide, vector);
                }
            }
        }
    }
    _mm256_storeu_si256((__m256i *)y, bytes_of(row, first));
    _mm256_storeu_si256((__m256i *)(y + y_cell), bytes_of(row, second));
}

/*
 * Bytes of all channels in twos, the last of which begins with a cell that the one before ends with where their number is odd.
 */
#define ROW_OF_TWOS(NAME, TAPS, STRIDE, OTHERS)                                                                        \
    TARGET static void NAME(                                                                                           \
        const struct row *row, int64_t stride, int64_t padding, int64_t from, int64_t to, int64_t cells, char *y,      \
        int64_t y_cell) {                                                                                              \
        if (cells < 2 || row->planes != 1 || row->channels != CHANNELS || !row->quantizes) {                           \
            OTHERS(row, stride, padding, from, to, cells, y, y_cell);                                                  \
            return;                                                                                                    \
        }                                                                                                              \
        for (int64_t next = 0; next < cells; next += 2) {                                                              \
            const int64_t at = next + 2 <= cells ? next : cells - 2;                                                   \
            const int64_t column = at * STRIDE - padding;                                                              \
            if (at >= from && at + 2 <= to) {                                                                          \
                two_cells(row, 0, TAPS, STRIDE, column, y + at * y_cell, y_cell);                                      \
            } else {                                                                                                   \
                two_cells(row, 1, TAPS, STRIDE, column, y + at * y_cell, y_cell);                                      \
            }                                                                                                          \
        }                                                                                                              \
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

ROW_OF_TWOS(row_3_1, 3, 1, row_3)
ROW_OF_TWOS(row_3_2, 3, 2, row_3)
ROW_OF_TWOS(row_5_1, 5, 1, row_5)
ROW_OF_TWOS(row_5_2, 5, 2, row_5)

static row_function *row_of(int32_t rows, int32_t columns, int32_t stride, int32_t dilation) {
    if (rows != columns || dilation != 1) {
        return any_row;
    }
    if (rows == 3) {
        return stride == 1 ? row_3_1 : stride == 2 ? row_3_2 : row_3;
    }
    if (rows == 5) {
        return stride == 1 ? row_5_1 : stride == 2 ? row_5_2 : row_5;
    }
    return any_row;
}

/* Makes 16 bits of the weights of windows that go in twos. */
TARGET static void widen(struct row *row) {
    const int32_t quads = row->tap_columns * quads_of(row->tap_rows);
    if (row->tap_rows > MOST_TAPS || row->tap_columns > MOST_TAPS) {
        return;
    }
    for (int32_t quad = 0; quad < quads; quad++) {
        for (int32_t vector = 0; vector < VECTORS; vector++) {
            const __m256i weights =
                _mm256_loadu_si256((const __m256i *)(row->w + quad * QUAD_BYTES + vector * VECTOR_BYTES));
            row->wide[quad].even[vector] = _mm256_srai_epi16(_mm256_slli_epi16(weights, 8), 8);
            row->wide[quad].odd[vector] = _mm256_srai_epi16(weights, 8);
        }
    }
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
    widen(row);
}

#define FUNCTION nereid_int8_depthwise_avx2

#include "int8_depthwise_bands.h"
