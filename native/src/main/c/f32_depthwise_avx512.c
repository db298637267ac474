/*
 * Depthwise convolutions with the channels first: a vector is 16 output cells of a row, a tap one number for all of them.
 * What lies beyond the image is masked out as it is read, so that nothing is copied. Rows of output are computed by strips,
 * whose sums stay in registers, and which use each vector that they read for all their rows.
 */
#include <immintrin.h>

#include "nereid.h"

#define TARGET __attribute__((target("avx512f")))
#define STRIP TARGET static inline __attribute__((always_inline))
#define LANES 16
#define UNROLL _Pragma("GCC unroll 32")

/* Changes a variable then and there: the compiler would work out what it will be after every step, and keep it all. */
#define STEP(VARIABLE, CHANGE)                                                                                         \
    VARIABLE CHANGE;                                                                                                   \
    __asm__ volatile("" : "+r"(VARIABLE))

struct plane {
    const float *x;
    int32_t height;
    int32_t width;
    const float *w;
    int32_t columns;
    float bias;
    float low;
    float high;
    float *y;
    int32_t out_width;
};

/* The lanes whose cells first, first + 1, ... lie in a row of `width` cells; as unsigned numbers those before it are large. */
STRIP __mmask16 inside(int32_t first, int32_t width) {
    const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_cmplt_epu32_mask(_mm512_add_epi32(lanes, _mm512_set1_epi32(first)), _mm512_set1_epi32(width));
}

/* Bits for the rows first, first + 1, ... that a plane has. */
static inline uint32_t existing(int32_t first, int32_t height) {
    if (first >= height || first <= -32) {
        return 0;
    }
    const uint32_t below = first < 0 ? UINT32_MAX << -first : UINT32_MAX;
    const uint32_t above = height - first < 32 ? UINT32_MAX >> (32 - (height - first)) : UINT32_MAX;
    return below & above;
}

/*
 * `rows` rows of output for the cells under the lanes of `stored`: those from y on. `top` and `left` are the row and column
 * that the first tap reads for the first of them; `taps` rows of taps. Without edges all rows that are read exist.
 */
STRIP void strip(
    const struct plane *plane, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t has_edges,
    int32_t top, int32_t left, float *y, __mmask16 stored) {
    const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const uint32_t exist = existing(top, plane->height);
    const int64_t columns = plane->columns;
    const int64_t width = plane->width;
    const float *x = plane->x + top * width + left;
    const float *w = plane->w;
    __m512 sums[8];
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        sums[row] = _mm512_set1_ps(plane->bias);
    }
    for (const float *end = w + columns; w < end; w++, x++, left++) {
        const __mmask16 near = inside(left, plane->width);
        const __mmask16 far = inside(left + LANES, plane->width);
        const float *weight = w;
        __m512 weights[8];
        UNROLL
        for (int32_t tap = 0; tap < taps; tap++) {
            weights[tap] = _mm512_set1_ps(*weight);
            STEP(weight, += columns);
        }
        const float *from = x;
        uint32_t shown = exist;
        UNROLL
        for (int32_t read = 0; read < (rows - 1) * stride + taps; read++) {
            /* A load whose lanes are all masked out touches nothing. */
            const __mmask16 seen = (__mmask16)(has_edges ? -(shown & 1) : UINT16_MAX);
            __m512 cells = _mm512_maskz_loadu_ps(near & seen, from);
            if (stride == 2) {
                cells = _mm512_permutex2var_ps(cells, even, _mm512_maskz_loadu_ps(far & seen, from + LANES));
            }
            STEP(from, += width);
            if (has_edges) {
                STEP(shown, >>= 1);
            }
            UNROLL
            for (int32_t row = 0; row < rows; row++) {
                if (read >= row * stride && read < row * stride + taps) {
                    sums[row] = _mm512_fmadd_ps(cells, weights[read - row * stride], sums[row]);
                }
            }
        }
    }
    const __m512 low = _mm512_set1_ps(plane->low);
    const __m512 high = _mm512_set1_ps(plane->high);
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        /* The second operand is what comes of numbers that cannot be compared. */
        const __m512 sum = _mm512_min_ps(high, _mm512_max_ps(low, sums[row]));
        _mm512_mask_storeu_ps(y + (int64_t)row * plane->out_width, stored, sum);
    }
}

#define STRIP_OF(TAPS, STRIDE, ROWS)                                                                                   \
    TARGET static void strip_##TAPS##_##STRIDE##_##ROWS(                                                               \
        const struct plane *plane, int32_t top, int32_t left, float *y, __mmask16 stored) {                            \
        if (top >= 0 && top + ((ROWS) - 1) * (STRIDE) + (TAPS) <= plane->height) {                                     \
            strip(plane, TAPS, STRIDE, ROWS, 0, top, left, y, stored);                                                 \
        } else {                                                                                                       \
            strip(plane, TAPS, STRIDE, ROWS, 1, top, left, y, stored);                                                 \
        }                                                                                                              \
    }
#define STRIPS_OF(TAPS, STRIDE)                                                                                        \
    STRIP_OF(TAPS, STRIDE, 1) STRIP_OF(TAPS, STRIDE, 2) STRIP_OF(TAPS, STRIDE, 4) STRIP_OF(TAPS, STRIDE, 8)

STRIPS_OF(3, 1)
STRIPS_OF(3, 2)
STRIPS_OF(5, 1)
STRIPS_OF(5, 2)
STRIPS_OF(7, 1)
STRIPS_OF(7, 2)

typedef void strip_function(const struct plane *, int32_t, int32_t, float *, __mmask16);

#define NAMES(TAPS, STRIDE)                                                                                            \
    {strip_##TAPS##_##STRIDE##_1, strip_##TAPS##_##STRIDE##_2, strip_##TAPS##_##STRIDE##_4, strip_##TAPS##_##STRIDE##_8}

/* By rows of taps, 3, 5 or 7, stride, 1 or 2, and the logarithm of a strip's rows. */
static strip_function *const strips[3][2][4] = {
    {NAMES(3, 1), NAMES(3, 2)}, {NAMES(5, 1), NAMES(5, 2)}, {NAMES(7, 1), NAMES(7, 2)}};

TARGET void nereid_f32_depthwise_avx512(
    int32_t channels, const float *x, int32_t height, int32_t width, const float *w, int32_t rows, int32_t columns,
    int32_t stride, int32_t padding_top, int32_t padding_left, const float *bias, float low, float high, float *y,
    int32_t out_height, int32_t out_width) {
    strip_function *const *const of_rows = strips[(rows - 3) / 2][stride - 1];
    for (int32_t channel = 0; channel < channels; channel++) {
        const struct plane plane = {
            x + (int64_t)channel * height * width,
            height,
            width,
            w + (int64_t)channel * rows * columns,
            columns,
            bias ? bias[channel] : 0,
            low,
            high,
            y + (int64_t)channel * out_height * out_width,
            out_width};
        int32_t size = 3;
        for (int32_t row = 0; row < out_height; row += 1 << size) {
            while (row + (1 << size) > out_height) {
                size--;
            }
            for (int32_t cell = 0; cell < out_width; cell += LANES) {
                const __mmask16 stored = inside(cell, out_width);
                of_rows[size](
                    &plane,
                    row * stride - padding_top,
                    cell * stride - padding_left,
                    plane.y + (int64_t)row * out_width + cell,
                    stored);
            }
        }
    }
}
