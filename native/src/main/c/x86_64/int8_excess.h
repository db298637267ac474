/*
 * Panels for AVX2, whose product of bytes adds pairs of products in 16 bits and saturates there: weights of one sign go too
 * far where they exceed 128 together, for 255 * 128 is the most that fits. What exceeds is taken out of the largest of them,
 * and what that takes from a sum is added behind the product. Two pairs that fit together, those at the same place of two quads
 * that follow each other, save a multiplication. A panel is [quads][NEREID_PANEL_256][4] bytes, and then its excesses. Where
 * there are more than pay, it keeps its weights as they are.
 */
#ifndef NEREID_INT8_EXCESS_H
#define NEREID_INT8_EXCESS_H

#include "nereid.h"

/* How many products are sure to fit into 16 bits together. */
enum fitting { ALONE = 1, PAIRS = 2, FOURS = 4 };

/* What is missing of the weight in a row and a column of the panel. */
struct excess {
    int32_t row;
    int16_t column;
    int16_t weight;
};

struct excesses {
    int32_t count;
    int32_t fitting;      /* enum fitting */
    struct excess each[]; /* in ascending order of their quads */
};

/* With more than one of 64 pairs, exact products are as fast. */
static inline int32_t excess_capacity(int32_t quads) {
    return (quads + 1) / 2;
}

/* With more than that, what they take is more than the multiplications that fours save. */
static inline int32_t excess_capacity_of_fours(int32_t quads) {
    return quads / 8;
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
