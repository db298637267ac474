/*
 * Packs the transpose of a matrix for float products: four numbers of as many rows as a vector has floats at a time. A vector
 * takes those of the rows i, i + 4 and so on, so that what is left to do stays within its quarters, of four numbers each. The includer includes vectors_avx512.h or vectors_avx2.h before, and defines TARGET, PACK, the function's name, and
 *
 *   QUARTERS                 four numbers each that a vector has
 *   LANES                    the type of what says whether the row of a quarter exists
 *   LANES_OF(exists, q)      that of quarter q
 *   ROWS_FROM(i)             the numbers of the rows i, i + 4 and so on of `block` from p on
 *   LOW(x, y), HIGH(x, y)    the numbers of both in turns, of the lower or upper half of each quarter
 *   LOW_TWO, HIGH_TWO        the same of pairs of numbers
 */
#define PANEL FLOATS_PANEL
#define STEP 4

/* So many rows at a time are more than hardware prefetches; rows so far ahead are asked for, a line at a time. */
#define AHEAD (2 * VECTOR)
#define LINE 16

/* Rows of a block; those that do not exist have the address of the first and no lanes. */
struct block {
    const float *at[VECTOR];
    LANES lanes[STEP][QUARTERS]; /* of the row i + STEP * quarter */
};

/* packed: [k, width], from the block's first column on. ahead: numbers from a row to the one that is asked for. */
TARGET static void pack(const struct block *block, int32_t k, int64_t ahead, float *packed, int64_t width) {
    int32_t p = 0;
    for (; p + STEP <= k; p += STEP) {
        if (p % LINE == 0) {
            for (int32_t row = 0; row < VECTOR; row++) {
                __builtin_prefetch(block->at[row] + ahead + p);
            }
        }
        const FLOATS v0 = ROWS_FROM(0);
        const FLOATS v1 = ROWS_FROM(1);
        const FLOATS v2 = ROWS_FROM(2);
        const FLOATS v3 = ROWS_FROM(3);
        const FLOATS low02 = LOW(v0, v1);
        const FLOATS low13 = LOW(v2, v3);
        const FLOATS high02 = HIGH(v0, v1);
        const FLOATS high13 = HIGH(v2, v3);
        float *const to = packed + p * width;
        STORE_FLOATS(to, LOW_TWO(low02, low13));
        STORE_FLOATS(to + width, HIGH_TWO(low02, low13));
        STORE_FLOATS(to + 2 * width, LOW_TWO(high02, high13));
        STORE_FLOATS(to + 3 * width, HIGH_TWO(high02, high13));
    }
    for (; p < k; p++) {
        for (int32_t row = 0; row < VECTOR; row++) {
            const int32_t exists = block->lanes[row % STEP][row / STEP] != 0;
            packed[p * width + row] = exists ? block->at[row][p] : 0.f;
        }
    }
}

void PACK(int32_t n, int32_t k, const float *b, int64_t ldb, float *packed) {
    for (int32_t first = 0; first < n; first += PANEL) {
        const int32_t columns = n - first < PANEL ? n - first : PANEL;
        const int64_t width = (columns + VECTOR - 1) / VECTOR * VECTOR;
        for (int32_t column = 0; column < columns; column += VECTOR) {
            struct block block;
            for (int32_t row = 0; row < VECTOR; row++) {
                const int32_t exists = column + row < columns;
                block.at[row] = b + (first + column + (exists ? row : 0)) * ldb;
                block.lanes[row % STEP][row / STEP] = LANES_OF(exists, row / STEP);
            }
            pack(&block, k, AHEAD * ldb, packed + column, width);
        }
        packed += k * width;
    }
}
