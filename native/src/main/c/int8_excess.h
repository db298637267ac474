/*
 * Panels for AVX2, whose product of bytes adds pairs of products in 16 bits and saturates there: two weights of one sign go
 * too far where they exceed 128 together, for 255 * 128 is the most that fits. Of such a pair the larger one is stored smaller by
 * the excess, and what that takes from a sum is added behind the product. A panel is [quads][NEREID_PANEL_256][4] bytes, and
 * then its excesses. Where there are more than fit, it keeps its weights as they are, and `count` is EXCESS_TOO_MANY.
 */
#ifndef NEREID_INT8_EXCESS_H
#define NEREID_INT8_EXCESS_H

#include "nereid.h"

#define EXCESS_TOO_MANY (-1)

/* What is missing of the weight in a row and a column of the panel. */
struct excess {
    int32_t row;
    int16_t column;
    int16_t weight;
};

struct excesses {
    int32_t count;
    int32_t unused;
    struct excess each[]; /* in ascending order of their rows */
};

/* With more than one of 64 pairs, exact products are as fast. */
static inline int32_t excess_capacity(int32_t quads) {
    return (quads + 1) / 2;
}

static inline int64_t excess_bytes(int32_t quads) {
    return (int64_t)sizeof(struct excesses) + (int64_t)sizeof(struct excess) * excess_capacity(quads);
}

static inline int64_t panel_bytes(int32_t quads) {
    return 4 * NEREID_PANEL_256 * (int64_t)quads + (excess_bytes(quads) + 63) / 64 * 64;
}

static inline struct excesses *excesses_of(const int8_t *panel, int32_t quads) {
    return (struct excesses *)(panel + 4 * NEREID_PANEL_256 * (int64_t)quads);
}

#endif
