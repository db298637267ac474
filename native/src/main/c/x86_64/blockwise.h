/*
 * Products of bytes with weights of four and of eight bits in blocks, the same text for every instruction set. Who includes it defines
 *
 *   PRODUCT, QUANTIZE       the functions' names
 *   TARGET                  the attribute that names their instructions
 *   VECTOR                  lanes of a vector: a panel has NEREID_BLOCKWISE_PANEL columns, one or more vectors
 *   WIDE                    vectors of a tile: whole panels
 *   TALLEST_8               rows of a tile of weights of eight bits: 1 or 2
 *   INTS, FLOATS            the vectors
 *   ZEROS, SPREAD_INT(x), SPREAD_FLOAT(x), LOAD_INTS(p), LOAD_FLOATS(p)
 *   FIRST(x), SECOND(x)     the lower and the higher four bits of every byte
 *   AND(x, y), ADD_INTS(x, y), MULTIPLY_INTS(x, y), HIGHER_INTS(x, y), HIGHEST(x), TOTAL(x)
 *   TO_FLOATS(x), TO_INTS(x), AS_INTS(x)   numbers; to the nearest, half to even; the bits
 *   MULTIPLY(x, y), MULTIPLY_ADD(x, y, sum)
 *   DOT_4(sum, x, y), DOT_8(sum, x, y)   adds the sums of four products of int8 y with x of four bits, or uint8
 *   STORE_SOME(p, count, x), STORE_BYTES(p, x)   the first `count` lanes; the low byte of every lane
 *   STORE_APART(p, x)       the same, of eight lanes that follow each other first those at even places, then the odd ones
 */
#include "nereid.h"

#include <float.h>
#include <immintrin.h>
#include <string.h>

/* Partial redundancy elimination carries sums from step to step in a second register, and runs out of them. */
#pragma GCC optimize("no-tree-pre")

#define INLINE static inline __attribute__((always_inline)) TARGET
#define PER_PANEL (NEREID_BLOCKWISE_PANEL / VECTOR)

/* The operands of a product, as nereid.h has them. */
struct operands {
    int32_t columns, blocks, block;
    const int8_t *a;
    const float *a_scales;
    const int32_t *a_sums;
    const uint8_t *b;
    const float *b_scales;
    const int32_t *b_zeros;
    const float *bias;
    float *y;
    int64_t ldy;
};

INLINE int32_t four_bytes(const int8_t *a) {
    int32_t bytes;
    memcpy(&bytes, a, sizeof bytes);
    return bytes;
}

/* Elements from `from` on, of which `left` are there; zeros beyond. */
INLINE FLOATS some_floats(const float *from, int64_t left) {
    float some[VECTOR] = {0};
    if (left >= VECTOR) {
        return LOAD_FLOATS(from);
    }
    if (left > 0) {
        memcpy(some, from, sizeof(float) * (size_t)left);
    }
    return LOAD_FLOATS(some);
}

/* A tile of R rows and V vectors of columns, the first of them the first of a panel, of weights of BITS bits. */
INLINE void tile(const int BITS, const int R, const int V, const struct operands *o, int64_t row, int64_t panel) {
    const int64_t depth = (int64_t)o->blocks * o->block;
    const int64_t panel_bytes = depth * NEREID_BLOCKWISE_PANEL * BITS / 8;
    const int64_t panel_blocks = (int64_t)o->blocks * NEREID_BLOCKWISE_PANEL;
    const int8_t *a = o->a + row * depth;
    const float *const a_scales = o->a_scales + row * o->blocks;
    const int32_t *const a_sums = o->a_sums + row * o->blocks;
    const uint8_t *b = o->b + panel * panel_bytes;
    const float *b_scales = o->b_scales + panel * panel_blocks;
    const int32_t *b_zeros = o->b_zeros ? o->b_zeros + panel * panel_blocks : 0;
    FLOATS y[2 * WIDE];
#pragma GCC unroll 8
    for (int sum = 0; sum < R * V; sum++) {
        y[sum] = ZEROS;
    }
    for (int64_t q = 0; q < o->blocks; q++) {
        INTS s[2 * WIDE];
#pragma GCC unroll 8
        for (int v = 0; v < V; v++) {
            const int64_t at = v / PER_PANEL * panel_blocks + v % PER_PANEL * VECTOR;
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) {
                const int32_t sum = -a_sums[r * o->blocks + q];
                s[r * V + v] = b_zeros ? MULTIPLY_INTS(LOAD_INTS(b_zeros + at), SPREAD_INT(sum))
                                       : SPREAD_INT(sum * (1 << (BITS - 1)));
            }
        }
        for (int32_t k = 0; k < o->block; k += 8) {
#pragma GCC unroll 8
            for (int v = 0; v < V; v++) {
                const uint8_t *const weights = b + v / PER_PANEL * panel_bytes + v % PER_PANEL * VECTOR * 4;
                const INTS words = LOAD_INTS(weights);
                const INTS first = BITS == 4 ? FIRST(words) : words;
                const INTS second = BITS == 4 ? SECOND(words) : LOAD_INTS(weights + 4 * NEREID_BLOCKWISE_PANEL);
#pragma GCC unroll 8
                for (int r = 0; r < R; r++) {
                    const INTS one = SPREAD_INT(four_bytes(a + r * depth));
                    const INTS other = SPREAD_INT(four_bytes(a + r * depth + 4));
                    INTS sum = s[r * V + v];
                    sum = BITS == 4 ? DOT_4(sum, first, one) : DOT_8(sum, first, one);
                    s[r * V + v] = BITS == 4 ? DOT_4(sum, second, other) : DOT_8(sum, second, other);
                }
            }
            a += 8;
            b += NEREID_BLOCKWISE_PANEL * BITS;
        }
#pragma GCC unroll 8
        for (int v = 0; v < V; v++) {
            const FLOATS scales = LOAD_FLOATS(b_scales + v / PER_PANEL * panel_blocks + v % PER_PANEL * VECTOR);
#pragma GCC unroll 8
            for (int r = 0; r < R; r++) {
                const FLOATS scale = MULTIPLY(scales, SPREAD_FLOAT(a_scales[r * o->blocks + q]));
                y[r * V + v] = MULTIPLY_ADD(TO_FLOATS(s[r * V + v]), scale, y[r * V + v]);
            }
        }
        b_scales += NEREID_BLOCKWISE_PANEL;
        b_zeros = b_zeros ? b_zeros + NEREID_BLOCKWISE_PANEL : 0;
    }
#pragma GCC unroll 8
    for (int v = 0; v < V; v++) {
        const int64_t column = panel * NEREID_BLOCKWISE_PANEL + v * VECTOR;
        const FLOATS bias = o->bias ? some_floats(o->bias + column, o->columns - column) : ZEROS;
#pragma GCC unroll 8
        for (int r = 0; r < R; r++) {
            STORE_SOME(o->y + (row + r) * o->ldy + column, o->columns - column, ADD(y[r * V + v], bias));
        }
    }
}

#define TILE(NAME, BITS, ROWS, VECTORS)                                                                                \
    TARGET static __attribute__((noinline)) void NAME(const struct operands *o, int64_t row, int64_t panel) {          \
        tile(BITS, ROWS, VECTORS, o, row, panel);                                                                      \
    }

TILE(four_bits_one_wide, 4, 1, WIDE)
TILE(four_bits_two_wide, 4, 2, WIDE)
TILE(four_bits_one, 4, 1, PER_PANEL)
TILE(four_bits_two, 4, 2, PER_PANEL)
TILE(eight_bits_one_wide, 8, 1, WIDE)
TILE(eight_bits_one, 8, 1, PER_PANEL)
#if TALLEST_8 == 2
TILE(eight_bits_two_wide, 8, 2, WIDE)
TILE(eight_bits_two, 8, 2, PER_PANEL)
#else
#define eight_bits_two_wide 0
#define eight_bits_two 0
#endif

typedef void tile_function(const struct operands *, int64_t, int64_t);

/* two: NULL where registers do for one row alone. */
static void all_rows(const struct operands *o, int32_t m, int64_t panel, tile_function *one, tile_function *two) {
    int32_t row = 0;
    for (; two && row + 2 <= m; row += 2) {
        two(o, row, panel);
    }
    for (; row < m; row++) {
        one(o, row, panel);
    }
}

void PRODUCT(NEREID_BLOCKWISE_PRODUCT_PARAMETERS) {
    const struct operands o = {
        columns, blocks, block, a, a_scales, a_sums, b, b_scales, b_zeros, bias, y, ldy};
    const int32_t panels = (columns + NEREID_BLOCKWISE_PANEL - 1) / NEREID_BLOCKWISE_PANEL;
    const int eight = bits == 8;
    int32_t panel = 0;
    for (; panel + WIDE / PER_PANEL <= panels; panel += WIDE / PER_PANEL) {
        all_rows(
            &o, m, panel, eight ? eight_bits_one_wide : four_bits_one_wide,
            eight ? eight_bits_two_wide : four_bits_two_wide);
    }
    for (; panel < panels; panel++) {
        all_rows(&o, m, panel, eight ? eight_bits_one : four_bits_one, eight ? eight_bits_two : four_bits_two);
    }
}

TARGET void QUANTIZE(NEREID_BLOCKWISE_QUANTIZE_PARAMETERS) {
    const INTS without_sign = SPREAD_INT(0x7fffffff);
    for (int32_t i = 0; i < m; i++) {
        for (int32_t q = 0; q < blocks; q++) {
            const int64_t first = (int64_t)q * block;
            const float *const from = x + i * ldx + first;
            int8_t *const to = a + ((int64_t)i * blocks + q) * block;
            INTS magnitudes = SPREAD_INT(0);
            for (int32_t j = 0; j < block; j += VECTOR) {
                magnitudes = HIGHER_INTS(magnitudes, AND(AS_INTS(some_floats(from + j, k - first - j)), without_sign));
            }
            /* As integers, NaN is higher than any number. */
            const int32_t highest_bits = HIGHEST(magnitudes);
            float scale;
            memcpy(&scale, &highest_bits, sizeof scale);
            scale /= 127;
            scale = scale < FLT_MIN ? 0 : scale;
            a_scales[i * blocks + q] = scale;
            a_sums[i * blocks + q] = 0;
            if (!(scale > 0 && scale <= FLT_MAX)) {
                memset(to, 0, (size_t)block);
                continue;
            }
            const FLOATS inverse = SPREAD_FLOAT(1 / scale);
            INTS sums = SPREAD_INT(0);
            for (int32_t j = 0; j < block; j += VECTOR) {
                const INTS bytes = TO_INTS(MULTIPLY(some_floats(from + j, k - first - j), inverse));
                sums = ADD_INTS(sums, bytes);
                if (bits == 4) {
                    STORE_APART(to + j, bytes);
                } else {
                    if (bits == 4) {
                        STORE_APART(to + j, bytes);
                    } else {
                        STORE_BYTES(to + j, bytes);
                    }
                }
            }
            a_sums[i * blocks + q] = TOTAL(sums);
        }
    }
}
