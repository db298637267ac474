/*
 * LSTM whose weights are bytes, with AVX512 VNNI: rows are quantised each by itself, and what the gates' functions make of a
 * product is computed while its sums are in the L1 cache. A panel of packed weights is a block of 16 units: its four vectors
 * are their input, output, forget and cell gates.
 */
#include "int8_tiles_avx512_vnni.h"

#include "vectors_avx512.h"

#define TARGET __attribute__((target("avx512f")))
#define VECTORS 4

#include "recurrent.h"

#include "lstm_units.h"

/* Quantised rows: what multiplies the weights, and what it is worth. */
struct rows {
    int64_t row_bytes;
    uint8_t *bytes;
    float *scales;
    int32_t *zeros;
    int32_t *sums;
};

/* Room for m rows of k bytes each. */
static struct rows rows_in(uint8_t *scratch, int32_t m, int32_t k) {
    const int64_t row_bytes = ((int64_t)k + 3) / 4 * 4;
    float *const scales = (float *)(scratch + m * row_bytes);
    int32_t *const zeros = (int32_t *)(scales + m);
    const struct rows rows = {row_bytes, scratch, scales, zeros, zeros + m};
    return rows;
}

VNNI static inline __mmask16 lanes(int32_t left) {
    return left < VECTOR ? (__mmask16)((1u << left) - 1) : (__mmask16)FULL;
}

/* What is not a number counts as zero: a comparison with it leaves the second operand. */
VNNI static void quantize(const struct rows *rows, int32_t row, int32_t k, const float *x) {
    __m512 low = _mm512_setzero_ps();
    __m512 high = low;
    for (int32_t j = 0; j < k; j += VECTOR) {
        const __m512 numbers = _mm512_maskz_loadu_ps(lanes(k - j), x + j);
        low = _mm512_min_ps(numbers, low);
        high = _mm512_max_ps(numbers, high);
    }
    const float lowest = _mm512_reduce_min_ps(low);
    const float range = _mm512_reduce_max_ps(high) - lowest;
    const float inverse = range > 0 ? 255 / range : 0;
    const float place = -lowest * inverse;
    const int32_t zero = place > 0 ? (place < 255 ? _mm_cvtss_si32(_mm_set_ss(place)) : 255) : 0;
    const __m512 factor = SPREAD(inverse);
    const __m512 least = SPREAD((float)-zero);
    const __m512 most = SPREAD((float)(255 - zero));
    const __m512i shift = _mm512_set1_epi32(zero);
    uint8_t *const to = rows->bytes + row * rows->row_bytes;
    __m512i sums = _mm512_setzero_si512();
    for (int32_t j = 0; j < k; j += VECTOR) {
        const __mmask16 mask = lanes(k - j);
        __m512 numbers = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + j), factor);
        numbers = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(numbers, numbers, _CMP_ORD_Q), numbers);
        numbers = _mm512_min_ps(_mm512_max_ps(numbers, least), most);
        const __m512i bytes = _mm512_maskz_add_epi32(mask, _mm512_cvtps_epi32(numbers), shift);
        sums = _mm512_add_epi32(sums, bytes);
        _mm512_mask_cvtepi32_storeu_epi8(to + j, mask, bytes);
    }
    for (int64_t j = k; j < rows->row_bytes; j++) {
        to[j] = 0;
    }
    rows->scales[row] = range / 255;
    rows->zeros[row] = zero;
    rows->sums[row] = _mm512_reduce_add_epi32(sums);
}

/* Packed weights, and what their columns are worth. */
struct weights {
    const int8_t *bytes;
    const int32_t *offsets;
    const int32_t *zeros;
    const float *scales;
};

/* The sums of the products of `count` rows with a panel: [count][PANEL]. */
VNNI static inline void multiply(
    const struct rows *rows, int32_t row, int32_t count, const int8_t *panel, int32_t *sums) {
    const int64_t offset = 0;
    const uint8_t *starts[TILE_ROWS];
    for (int32_t i = 0; i < count; i++) {
        starts[i] = rows->bytes + (row + i) * rows->row_bytes;
    }
    tiles[count - 1][VECTORS - 1](starts, 1, &offset, (int32_t)(rows->row_bytes / 4), panel, sums);
}

/* The products that a vector of sums stands for, from `start` on. */
VNNI static inline __m512 worth(
    const struct rows *rows, int32_t row, const struct weights *w, int64_t column, const int32_t *sums, __m512 start) {
    const __m512i offsets = _mm512_loadu_si512(w->offsets + column);
    __m512i sum = _mm512_load_si512(sums);
    sum = _mm512_sub_epi32(sum, _mm512_mullo_epi32(_mm512_set1_epi32(rows->zeros[row]), offsets));
    if (w->zeros) {
        const __m512i zeros = _mm512_loadu_si512(w->zeros + column);
        sum = _mm512_sub_epi32(sum, _mm512_mullo_epi32(_mm512_set1_epi32(rows->sums[row]), zeros));
    }
    const __m512 scale = _mm512_mul_ps(SPREAD(rows->scales[row]), _mm512_loadu_ps(w->scales + column));
    return _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), scale), start);
}

VNNI static void product(
    const struct rows *rows, int32_t m, int32_t n, const struct weights *w, const float *bias, float *y, int64_t ldy) {
    _Alignas(64) int32_t sums[TILE_ROWS * PANEL];
    for (int32_t column = 0; column < n; column += PANEL) {
        for (int32_t row = 0; row < m; row += TILE_ROWS) {
            const int32_t count = m - row < TILE_ROWS ? m - row : TILE_ROWS;
            multiply(rows, row, count, w->bytes + column * rows->row_bytes, sums);
            for (int32_t i = 0; i < count; i++) {
                for (int32_t j = 0; j < PANEL; j += VECTOR) {
                    const __m512 start = bias ? _mm512_loadu_ps(bias + column + j) : _mm512_setzero_ps();
                    const __m512 result = worth(rows, row + i, w, column + j, sums + i * PANEL + j, start);
                    _mm512_storeu_ps(y + (row + i) * ldy + column + j, result);
                }
            }
        }
    }
}

void nereid_int8_gates_avx512_vnni(NEREID_INT8_GATES_PARAMETERS) {
    const struct rows rows = rows_in(scratch, m, k);
    const struct weights weights = {b, offsets, zeros, scales};
    for (int32_t i = 0; i < m; i++) {
        quantize(&rows, i, k, x + i * ldx);
    }
    product(&rows, m, n, &weights, bias, y, ldy);
}

/* The states of the units of a block after a step; x, c and y begin at the block. */
VNNI static void step(
    const struct rows *rows, int32_t batch, int32_t hidden, int32_t unit, const struct weights *w, const float *x,
    int64_t x_row, float *c, float *y, int64_t y_row) {
    const __mmask16 units = lanes(hidden - unit);
    const int64_t column = (int64_t)unit * VECTORS;
    const int8_t *const panel = w->bytes + column * rows->row_bytes;
    _Alignas(64) int32_t sums[TILE_ROWS * PANEL];
    for (int32_t row = 0; row < batch; row += TILE_ROWS) {
        const int32_t count = batch - row < TILE_ROWS ? batch - row : TILE_ROWS;
        multiply(rows, row, count, panel, sums);
        for (int32_t i = 0; i < count; i++) {
            const float *const start = x + (row + i) * x_row;
            __m512 gates[VECTORS];
            for (int32_t j = 0; j < VECTORS; j++) {
                const int64_t at = j * UNITS;
                gates[j] = worth(rows, row + i, w, column + at, sums + i * PANEL + at, _mm512_loadu_ps(start + at));
            }
            float *const cells = c + (row + i) * (int64_t)hidden;
            const FLOATS cell = new_cells(gates[0], gates[2], gates[3], units, cells);
            STORE_LAST(units, y + (row + i) * y_row, gated_tanh(cell, gates[1]));
        }
    }
}

void nereid_int8_lstm_avx512_vnni(NEREID_INT8_LSTM_PARAMETERS) {
    const struct rows rows = rows_in(scratch, batch, hidden);
    const struct weights weights = {r, offsets, zeros, scales};
    const int32_t blocks = (hidden + UNITS - 1) / UNITS;
    for (int32_t t = 0; t < steps; t++) {
        for (int32_t i = 0; i < batch; i++) {
            quantize(&rows, i, hidden, h + i * h_row);
        }
        for (int32_t i = 0; i < blocks; i++) {
            /* Every other step goes backwards, and finds the weights of the last blocks in the L1 cache. */
            const int32_t unit = (t % 2 ? blocks - 1 - i : i) * UNITS;
            step(&rows, batch, hidden, unit, &weights, x + (int64_t)unit * VECTORS, x_row, c + unit, y + unit, y_row);
        }
        h = y;
        h_row = y_row;
        x += x_step;
        y += y_step;
    }
}
