/*
 * Depthwise convolutions of bytes with AVX512 VNNI: a block is 64 channels of a cell. Four rows of taps that lie above each
 * other are interleaved, so that a lane has four numbers of its channel for one instruction; what is interleaved serves all
 * cells of a tile that it is under. Vector v of a block then has the channels 16 * l + 4 * v + i, l and i counting to four,
 * which packing to bytes puts in order again.
 */
#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))
#define OWN
#define CHANNELS 64
#define VECTORS 4
#define INTEGERS __m512i
#define FLOATS __m512
#define SOME __mmask64
#define FIRST(count) (UINT64_MAX >> (CHANNELS - (count)))
#define EVERY_BYTE(x) _mm512_set1_epi8(x)
#define EVERY_SHORT(x) _mm512_set1_epi16(x)
#define EVERY_FLOAT(x) _mm512_set1_ps(x)

#include "int8_depthwise.h"

#define TILE TARGET static inline __attribute__((always_inline))
#define LANES 16
#define MOST_CELLS 4
#define UNROLL _Pragma("GCC unroll 32")

/* The numbers of a column in a row of taps. */
TILE __m512i load(const struct row *row, const int checked, int32_t tap_row, int64_t column) {
    const uint8_t *from = row->from[tap_row] + column * row->step[tap_row];
    if (checked && (column < 0 || column >= row->width)) {
        from = row->edge;
    }
    return _mm512_xor_si512(_mm512_maskz_loadu_epi8(row->channels, from), row->flip);
}

/* The numbers of a column in up to four rows of taps, of which the last stands for those that are not there. */
TILE void interleave(
    const struct row *row, const int checked, const int32_t tap_rows, const int32_t quad, int64_t column,
    __m512i quads[VECTORS]) {
    const int32_t first = quad * QUAD;
    const int32_t last = tap_rows - 1;
    const __m512i a = load(row, checked, first, column);
    const __m512i b = first + 1 <= last ? load(row, checked, first + 1, column) : a;
    const __m512i c = first + 2 <= last ? load(row, checked, first + 2, column) : a;
    const __m512i d = first + 3 <= last ? load(row, checked, first + 3, column) : c;
    const __m512i ab_low = _mm512_unpacklo_epi8(a, b);
    const __m512i ab_high = _mm512_unpackhi_epi8(a, b);
    const __m512i cd_low = _mm512_unpacklo_epi8(c, d);
    const __m512i cd_high = _mm512_unpackhi_epi8(c, d);
    quads[0] = _mm512_unpacklo_epi16(ab_low, cd_low);
    quads[1] = _mm512_unpackhi_epi16(ab_low, cd_low);
    quads[2] = _mm512_unpacklo_epi16(ab_high, cd_high);
    quads[3] = _mm512_unpackhi_epi16(ab_high, cd_high);
}

TILE __m512i dot(__m512i sum, __m512i numbers, const int8_t *w, const int32_t vector) {
    return _mm512_dpbusd_epi32(sum, numbers, _mm512_loadu_si512(w + vector * CHANNELS));
}

/* Nothing below `lowest` needs a clamp: packing saturates, and what is no int at all becomes the least one. */
TILE __m512i quantized(const struct row *row, __m512i sum, const int32_t vector) {
    const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), row->scale[vector]);
    return _mm512_cvtps_epi32(_mm512_min_ps(value, row->high));
}

/* Sums as they are, each channel's where it belongs. By value: what has an address is kept on the stack. */
__attribute__((noinline)) TARGET static void scatter(
    const struct row *row, __m512i sums0, __m512i sums1, __m512i sums2, __m512i sums3, int32_t *y) {
    int32_t memory[CHANNELS];
    _mm512_storeu_si512(memory, sums0);
    _mm512_storeu_si512(memory + LANES, sums1);
    _mm512_storeu_si512(memory + 2 * LANES, sums2);
    _mm512_storeu_si512(memory + 3 * LANES, sums3);
    for (int32_t channel = 0; channel < CHANNELS && (row->channels >> channel & 1); channel++) {
        y[channel] = memory[channel % 16 / 4 * LANES + channel / 16 * 4 + channel % 4];
    }
}

/* Stores the sums of a cell: bytes, or the sums themselves where there is no scale. */
TILE void store(const struct row *row, const __m512i sums[VECTORS], char *y) {
    if (!row->quantizes) {
        scatter(row, sums[0], sums[1], sums[2], sums[3], (int32_t *)y);
        return;
    }
    const __m512i front = _mm512_adds_epi16(
        _mm512_packs_epi32(quantized(row, sums[0], 0), quantized(row, sums[1], 1)), row->shift);
    const __m512i back = _mm512_adds_epi16(
        _mm512_packs_epi32(quantized(row, sums[2], 2), quantized(row, sums[3], 3)), row->shift);
    const __m512i bytes = row->lowest == 0 ? _mm512_packus_epi16(front, back) : _mm512_packs_epi16(front, back);
    if (row->channels == UINT64_MAX) {
        _mm512_storeu_si512(y, bytes);
    } else {
        _mm512_mask_storeu_epi8(y, row->channels, bytes);
    }
}

TILE void begin(const struct row *row, const int32_t cells, __m512i sums[][VECTORS]) {
    UNROLL
    for (int32_t cell = 0; cell < cells; cell++) {
        UNROLL
        for (int32_t vector = 0; vector < VECTORS; vector++) {
            sums[cell][vector] = row->start[vector];
        }
    }
}

/* `cells` outputs of square windows, the first tap of the first one at `column`; outputs lie y_cell bytes apart. */
TILE void tile(
    const struct row *row, const int checked, const int32_t taps, const int32_t stride, const int32_t cells,
    int64_t column, char *y, int64_t y_cell) {
    const int32_t quads = quads_of(taps);
    __m512i sums[MOST_CELLS][VECTORS];
    begin(row, cells, sums);
    const int8_t *w = row->w;
    for (int32_t plane = 0; plane < row->planes; plane++) {
        UNROLL
        for (int32_t read = 0; read < (cells - 1) * stride + taps; read++) {
            UNROLL
            for (int32_t quad = 0; quad < quads; quad++) {
                __m512i numbers[VECTORS];
                interleave(row, checked, taps, quad, column + read, numbers);
                UNROLL
                for (int32_t cell = 0; cell < cells; cell++) {
                    const int32_t tap = read - cell * stride;
                    if (tap >= 0 && tap < taps) {
                        UNROLL
                        for (int32_t vector = 0; vector < VECTORS; vector++) {
                            sums[cell][vector] = dot(
                                sums[cell][vector], numbers[vector], w + (tap * quads + quad) * VECTORS * CHANNELS,
                                vector);
                        }
                    }
                }
            }
            if (taps > 3) {
                /* Hidden from the compiler, which would keep too many weights in registers, and sums on the stack. */
                __asm__ volatile("" : "+r"(w));
            }
        }
        w = row->more + plane * row->plane;
    }
    UNROLL
    for (int32_t cell = 0; cell < cells; cell++) {
        store(row, sums[cell], y + cell * y_cell);
    }
}

/* One output of any window. */
TARGET static void any_cell(const struct row *row, int64_t column, char *y) {
    const int32_t quads = quads_of(row->tap_rows);
    __m512i sums[1][VECTORS];
    begin(row, 1, sums);
    const int8_t *w = row->w;
    for (int32_t plane = 0; plane < row->planes; plane++) {
        for (int32_t tap = 0; tap < row->tap_columns; tap++) {
            for (int32_t quad = 0; quad < quads; quad++) {
                __m512i numbers[VECTORS];
                interleave(row, 1, row->tap_rows, quad, column + tap * (int64_t)row->dilation, numbers);
                UNROLL
                for (int32_t vector = 0; vector < VECTORS; vector++) {
                    sums[0][vector] =
                        dot(sums[0][vector], numbers[vector], w + (tap * quads + quad) * VECTORS * CHANNELS, vector);
                }
            }
        }
        w = row->more + plane * row->plane;
    }
    store(row, sums[0], y);
}

/* In tiles, of which the last goes over cells again, where windows lie within the image. */

/* CELLS: outputs of a tile, at most MOST_CELLS; more would not leave the registers that interleaving needs. */
#define ROW_OF(TAPS, STRIDE, CELLS)                                                                                    \
    TARGET static void rows_##TAPS##_##STRIDE(                                                                         \
        const struct row *row, int64_t stride, int64_t padding, int64_t from, int64_t to, int64_t cells, char *y,      \
        int64_t y_cell) {                                                                                              \
        (void)stride;                                                                                                  \
        for (int64_t cell = 0; cell < cells; cell++) {                                                                 \
            if (cell == from && to - from >= (CELLS)) {                                                                \
                for (; cell < to; cell += (CELLS)) {                                                                   \
                    const int64_t at = cell < to - (CELLS) ? cell : to - (CELLS);                                      \
                    tile(row, 0, TAPS, STRIDE, CELLS, at * (STRIDE)-padding, y + at * y_cell, y_cell);                 \
                }                                                                                                      \
                cell = to;                                                                                             \
                if (cell == cells) {                                                                                   \
                    break;                                                                                             \
                }                                                                                                      \
            }                                                                                                          \
            tile(row, 1, TAPS, STRIDE, 1, cell * (STRIDE)-padding, y + cell * y_cell, y_cell);                         \
        }                                                                                                              \
    }

ROW_OF(3, 1, 3)
ROW_OF(3, 2, 3)
ROW_OF(5, 1, 4)
ROW_OF(5, 2, 2)

TARGET static void any_row(
    const struct row *row, int64_t stride, int64_t padding, int64_t from, int64_t to, int64_t cells, char *y,
    int64_t y_cell) {
    (void)from;
    (void)to;
    for (int64_t cell = 0; cell < cells; cell++) {
        any_cell(row, cell * stride - padding, y + cell * y_cell);
    }
}

/* Four vectors that follow each other, in the order of a block. */
TILE void order(__m512i a, __m512i b, __m512i c, __m512i d, __m512i places[VECTORS]) {
    const __m512i ab_front = _mm512_shuffle_i32x4(a, b, 0x44);
    const __m512i ab_back = _mm512_shuffle_i32x4(a, b, 0xee);
    const __m512i cd_front = _mm512_shuffle_i32x4(c, d, 0x44);
    const __m512i cd_back = _mm512_shuffle_i32x4(c, d, 0xee);
    places[0] = _mm512_shuffle_i32x4(ab_front, cd_front, 0x88);
    places[1] = _mm512_shuffle_i32x4(ab_front, cd_front, 0xdd);
    places[2] = _mm512_shuffle_i32x4(ab_back, cd_back, 0x88);
    places[3] = _mm512_shuffle_i32x4(ab_back, cd_back, 0xdd);
}

/* What the sums of 16 channels begin with. */
TILE __m512i start_of(__mmask16 some, const int32_t *filter_sums, int32_t zero, const int32_t *bias) {
    const __m512i off =
        _mm512_mullo_epi32(_mm512_maskz_loadu_epi32(some, filter_sums), _mm512_set1_epi32(zero));
    const __m512i start = bias ? _mm512_maskz_loadu_epi32(some, bias) : _mm512_setzero_si512();
    return _mm512_sub_epi32(start, off);
}

/* A scale that is not a number makes all sums 0, as the scale 0 does; one without bound saturates all but 0. */
TILE __m512i scale_of(__mmask16 some, const float *scale) {
    const __m512 given = _mm512_maskz_loadu_ps(some, scale);
    const __mmask16 number = _mm512_cmp_ps_mask(given, given, _CMP_ORD_Q);
    const __m512 high = _mm512_set1_ps(FLT_MAX);
    const __m512 low = _mm512_set1_ps(-FLT_MAX);
    return _mm512_castps_si512(_mm512_maskz_min_ps(number, _mm512_max_ps(given, low), high));
}

/* Says how the sums of a block begin and end; arrays from its first channel on. */
TARGET static void prepare(
    struct row *row, const int32_t *filter_sums, int32_t zero, const int32_t *bias, const float *scale) {
    __m512i vectors[VECTORS];
    for (int32_t vector = 0; vector < VECTORS; vector++) {
        const __mmask16 some = (__mmask16)(row->channels >> (vector * LANES));
        vectors[vector] =
            start_of(some, filter_sums + vector * LANES, zero, bias ? bias + vector * LANES : bias);
    }
    order(vectors[0], vectors[1], vectors[2], vectors[3], row->start);
    if (!scale) {
        return;
    }
    __m512i places[VECTORS];
    for (int32_t vector = 0; vector < VECTORS; vector++) {
        vectors[vector] = scale_of((__mmask16)(row->channels >> (vector * LANES)), scale + vector * LANES);
    }
    order(vectors[0], vectors[1], vectors[2], vectors[3], places);
    for (int32_t vector = 0; vector < VECTORS; vector++) {
        row->scale[vector] = _mm512_castsi512_ps(places[vector]);
    }
}

static row_function *row_of(int32_t rows, int32_t columns, int32_t stride, int32_t dilation) {
    if (rows != columns || dilation != 1 || (rows != 3 && rows != 5) || (stride != 1 && stride != 2)) {
        return any_row;
    }
    if (rows == 3) {
        return stride == 1 ? rows_3_1 : rows_3_2;
    }
    return stride == 1 ? rows_5_1 : rows_5_2;
}

#define FUNCTION nereid_int8_depthwise_avx512_vnni

#include "int8_depthwise_bands.h"
