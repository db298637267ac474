/*
 * Depthwise convolutions with the channels first: a vector is some output cells of a row, a tap one number for all of them.
 * What lies beyond the image is masked out as it is read, so that nothing is copied. Rows of output are computed by strips,
 * whose sums stay in registers, and which use each vector that they read for all their rows. The includer includes
 * vectors_avx512.h or vectors_avx2.h before, and defines
 *
 *   TARGET, FUNCTION              the attribute that names its instructions, its name
 *   SOME                          the type of a mask of lanes
 *   INSIDE(first, width)          the lanes whose cells first, first + 1, ... lie in a row of `width` cells
 *   WHERE(mask, row)              no lane where bit 0 of `row` is 0, else those of the mask
 *   LOAD_SOME(mask, address)      zero in other lanes, of which nothing is touched
 *   STORE_SOME(mask, address, x)
 *   EVEN(x, y)                    every other element of two vectors that follow each other, in an order of its own
 *   IN_ORDER(x)                   such elements, or sums of them, as they follow each other
 *   MASKS_COST                    whether loads with masks take longer than others
 *   TALLEST_STRIPS(X)             X(TAPS, STRIDE, 8) where registers hold the sums of eight rows
 *   TALLEST(TAPS, STRIDE)         that strip, or 0
 *   OVERLAPS                      whether the last vector of a row goes over cells of the one before rather than have a mask
 */
#define STRIP TARGET static inline __attribute__((always_inline))
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
 * that the first tap reads for the first of them; `taps` rows of taps. Without edges all rows that are read exist, and without
 * sides all cells of them.
 */
STRIP void strip(
    const struct plane *plane, const int32_t taps, const int32_t stride, const int32_t rows, const int32_t has_edges,
    const int32_t has_sides, int32_t top, int32_t left, float *y, SOME stored) {
    const uint32_t exist = existing(top, plane->height);
    const int64_t columns = plane->columns;
    const int64_t width = plane->width;
    const float *x = plane->x + top * width + left;
    const float *w = plane->w;
    FLOATS sums[8];
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        sums[row] = ZEROS;
    }
    for (const float *end = w + columns; w < end; w++, x++, left++) {
        const SOME near = INSIDE(left, plane->width);
        const SOME far = INSIDE(left + VECTOR, plane->width);
        const float *weight = w;
        FLOATS weights[8];
        UNROLL
        for (int32_t tap = 0; tap < taps; tap++) {
            weights[tap] = SPREAD(*weight);
            STEP(weight, += columns);
        }
        const float *from = x;
        uint32_t shown = exist;
        UNROLL
        for (int32_t read = 0; read < (rows - 1) * stride + taps; read++) {
            /* A load whose lanes are all masked out touches nothing. */
            FLOATS cells = has_sides ? LOAD_SOME(has_edges ? WHERE(near, shown) : near, from) : LOAD_FLOATS(from);
            if (stride == 2) {
                const float *const next = from + VECTOR;
                cells = EVEN(
                    cells, has_sides ? LOAD_SOME(has_edges ? WHERE(far, shown) : far, next) : LOAD_FLOATS(next));
            }
            STEP(from, += width);
            if (has_edges) {
                STEP(shown, >>= 1);
            }
            UNROLL
            for (int32_t row = 0; row < rows; row++) {
                if (read >= row * stride && read < row * stride + taps) {
                    sums[row] = TIMES_PLUS(cells, weights[read - row * stride], sums[row]);
                }
            }
        }
    }
    const FLOATS bias = SPREAD(plane->bias);
    const FLOATS low = SPREAD(plane->low);
    const FLOATS high = SPREAD(plane->high);
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        /* The second operand is what comes of numbers that cannot be compared. */
        const FLOATS sum = PLUS(stride == 2 ? IN_ORDER(sums[row]) : sums[row], bias);
        STORE_SOME(stored, y + (int64_t)row * plane->out_width, LOWER(high, HIGHER(low, sum)));
    }
}

#define STRIP_OF(TAPS, STRIDE, ROWS)                                                                                   \
    TARGET static void strip_##TAPS##_##STRIDE##_##ROWS(                                                               \
        const struct plane *plane, int32_t top, int32_t left, float *y, SOME stored) {                                 \
        if (top < 0 || top + ((ROWS) - 1) * (STRIDE) + (TAPS) > plane->height) {                                       \
            strip(plane, TAPS, STRIDE, ROWS, 1, 1, top, left, y, stored);                                              \
        } else if (!MASKS_COST || left < 0 || left + plane->columns - 1 + (STRIDE) * VECTOR > plane->width) {          \
            strip(plane, TAPS, STRIDE, ROWS, 0, 1, top, left, y, stored);                                              \
        } else {                                                                                                       \
            strip(plane, TAPS, STRIDE, ROWS, 0, 0, top, left, y, stored);                                              \
        }                                                                                                              \
    }
#define STRIPS_OF(TAPS, STRIDE)                                                                                        \
    STRIP_OF(TAPS, STRIDE, 1) STRIP_OF(TAPS, STRIDE, 2) STRIP_OF(TAPS, STRIDE, 4)

STRIPS_OF(3, 1)
STRIPS_OF(3, 2)
STRIPS_OF(5, 1)
STRIPS_OF(5, 2)
STRIPS_OF(7, 1)
STRIPS_OF(7, 2)
TALLEST_STRIPS(STRIP_OF)

typedef void strip_function(const struct plane *, int32_t, int32_t, float *, SOME);

#define NAMES(TAPS, STRIDE)                                                                                            \
    {strip_##TAPS##_##STRIDE##_1, strip_##TAPS##_##STRIDE##_2, strip_##TAPS##_##STRIDE##_4, TALLEST(TAPS, STRIDE)}

/* By rows of taps, 3, 5 or 7, stride, 1 or 2, and the logarithm of a strip's rows. */
static strip_function *const strips[3][2][4] = {
    {NAMES(3, 1), NAMES(3, 2)}, {NAMES(5, 1), NAMES(5, 2)}, {NAMES(7, 1), NAMES(7, 2)}};

TARGET void FUNCTION(NEREID_DEPTHWISE_PARAMETERS) {
    strip_function *const *const of_rows = strips[(rows - 3) / 2][stride - 1];
    const int32_t most = of_rows[3] ? 3 : 2;
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
        int32_t size = most;
        for (int32_t row = 0; row < out_height; row += 1 << size) {
            while (row + (1 << size) > out_height) {
                size--;
            }
            for (int32_t next = 0; next < out_width; next += VECTOR) {
                const int32_t cell = OVERLAPS && next > out_width - VECTOR && next > 0 ? out_width - VECTOR : next;
                const SOME stored = INSIDE(cell, out_width);
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
