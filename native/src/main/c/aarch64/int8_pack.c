/* The packed layouts of int8 products on ARM: words of four or of eight rows, and what stands behind a panel. */
#include "nereid.h"

#include <arm_neon.h>
#include <string.h>

#define STEP 8
#define COLUMNS 8
#define QUAD 4

/* Eight rows of eight columns: of the rows from `some` on, zeros. */
struct block {
    uint8x8_t rows[STEP];
};

static inline struct block block_of(const uint8_t *b, int32_t n, int32_t some, uint8x8_t flips) {
    struct block block;
    for (int32_t i = 0; i < STEP; i++) {
        block.rows[i] = i < some ? veor_u8(vld1_u8(b + (int64_t)i * n), flips) : vdup_n_u8(0);
    }
    return block;
}

static inline void add_sums(const struct block *block, int32_t *column_sums) {
    int16x8_t sums = vmovl_s8(vreinterpret_s8_u8(block->rows[0]));
    for (int32_t i = 1; i < STEP; i++) {
        sums = vaddw_s8(sums, vreinterpret_s8_u8(block->rows[i]));
    }
    vst1q_s32(column_sums, vaddw_s16(vld1q_s32(column_sums), vget_low_s16(sums)));
    vst1q_s32(column_sums + QUAD, vaddw_s16(vld1q_s32(column_sums + QUAD), vget_high_s16(sums)));
}

/* The bytes of each column in four rows next to each other. */
static inline void store_quads(const uint8x8_t *rows, uint8_t *to) {
    const uint8x8x4_t four = {{rows[0], rows[1], rows[2], rows[3]}};
    vst4_u8(to, four);
}

/* Where a column's bytes of eight rows lie: `first` those of the first four, `second` those of the others. */
struct places {
    uint8_t *first;
    uint8_t *second;
};

static inline struct places places_of(int32_t group, uint8_t *step, int32_t panel, int32_t column) {
    uint8_t *const first = step + (int64_t)column * group;
    const struct places places = {first, group == QUAD ? first + (int64_t)panel * QUAD : first + QUAD};
    return places;
}

static inline void pack_block(const struct block *block, int32_t group, struct places to) {
    if (group == QUAD) {
        store_quads(block->rows, to.first);
        store_quads(block->rows + QUAD, to.second);
        return;
    }
    uint32_t words[2][COLUMNS];
    store_quads(block->rows, (uint8_t *)words[0]);
    store_quads(block->rows + QUAD, (uint8_t *)words[1]);
    const uint32x4x2_t front = {{vld1q_u32(words[0]), vld1q_u32(words[1])}};
    const uint32x4x2_t back = {{vld1q_u32(words[0] + QUAD), vld1q_u32(words[1] + QUAD)}};
    vst2q_u32((uint32_t *)to.first, front);
    vst2q_u32((uint32_t *)to.first + COLUMNS, back);
}

/* Byte by byte: fewer columns than a block has. */
static inline void pack_column(
    const uint8_t *b, int32_t n, int32_t some, int32_t flip, struct places to, int32_t *column_sum) {
    for (int32_t i = 0; i < some; i++) {
        const uint8_t value = (uint8_t)(b[(int64_t)i * n] ^ flip);
        (i < QUAD ? to.first : to.second)[i % QUAD] = value;
        *column_sum += (int8_t)value;
    }
}

/* Words of `group` rows; behind each panel 128 times the sums of its columns where `starts`. */
static inline void pack(NEREID_INT8_PACK_PARAMETERS, const int32_t group, const int starts) {
    const int64_t elements = (k + STEP - 1) / STEP * STEP * (int64_t)panel;
    const int64_t bytes = elements + (starts ? (int64_t)sizeof(int32_t) * panel : 0);
    const uint8x8_t flips = vdup_n_u8((uint8_t)flip);
    memset(column_sums, 0, sizeof(int32_t) * (size_t)n);
    for (int32_t first = 0; first < n; first += panel) {
        const int32_t columns = n - first < panel ? n - first : panel;
        uint8_t *const own = (uint8_t *)packed + first / panel * bytes;
        memset(own, 0, (size_t)bytes);
        for (int32_t row = 0; row < k; row += STEP) {
            const uint8_t *const from = b + (int64_t)row * n + first;
            uint8_t *const step = own + (int64_t)row * panel;
            const int32_t some = k - row < STEP ? k - row : STEP;
            int32_t column = 0;
            for (; column + COLUMNS <= columns; column += COLUMNS) {
                const struct block block = block_of(from + column, n, some, flips);
                add_sums(&block, column_sums + first + column);
                pack_block(&block, group, places_of(group, step, panel, column));
            }
            for (; column < columns; column++) {
                const struct places to = places_of(group, step, panel, column);
                pack_column(from + column, n, some, flip, to, column_sums + first + column);
            }
        }
        int32_t *const behind = (int32_t *)(own + elements);
        for (int32_t column = 0; starts && column < columns; column++) {
            behind[column] = (int32_t)(128u * (uint32_t)column_sums[first + column]);
        }
    }
}

void nereid_int8_pack_dots(NEREID_INT8_PACK_PARAMETERS) {
    pack(b, k, n, panel, flip, packed, column_sums, QUAD, 1);
}

void nereid_int8_pack_i8mm(NEREID_INT8_PACK_PARAMETERS) {
    pack(b, k, n, panel, flip, packed, column_sums, STEP, 0);
}
