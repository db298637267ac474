/*
 * What depthwise convolutions of bytes have in common, whatever the registers: some channels of a block are done at a time,
 * row after row of a band of outputs. Who includes it defines
 *
 *   TARGET             the attribute that names its instructions
 *   CHANNELS           channels at a time, a block of them or a part of one
 *   VECTORS            vectors of sums that these take
 *   INTEGERS, FLOATS   the types of a vector
 *   SOME               the type that says which channels there are, and FIRST(count) the first so many of them
 *   OWN                further members of struct row, that `prepare` fills
 *   EVERY_BYTE(x), EVERY_SHORT(x), EVERY_FLOAT(x)   a vector of one number
 *
 * and behind it `prepare`, `row_of` and FUNCTION, before it includes int8_depthwise_bands.h.
 */
#include "nereid.h"

#include <float.h>
#include <immintrin.h>
#include <string.h>

#define QUAD 4

/* One row of outputs of some channels. */
struct row {
    /* Where each row of taps has column 0, and bytes from one column to the next: none where it lies beyond the edge. */
    const uint8_t *from[NEREID_DEPTHWISE_ROWS];
    int64_t step[NEREID_DEPTHWISE_ROWS];
    const uint8_t *edge;
    int64_t width;
    int32_t tap_rows;
    int32_t tap_columns;
    int32_t dilation;
    int32_t planes;
    const int8_t *w;
    const int8_t *more;
    int64_t plane;
    SOME channels;
    INTEGERS flip;
    int32_t quantizes;
    int32_t lowest;
    INTEGERS start[VECTORS];
    FLOATS scale[VECTORS];
    FLOATS high;
    INTEGERS shift;
    OWN
};

/* Computes the outputs of a row; the windows of those from `from` to `to` lie within the image. */
typedef void row_function(
    const struct row *row, int64_t stride, int64_t padding, int64_t from, int64_t to, int64_t cells, char *y,
    int64_t y_cell);

static inline int32_t quads_of(int32_t rows) {
    return (rows + QUAD - 1) / QUAD;
}
