/*
 * Shared by the NHWC convolutions: where a vector of channels lies. A tile of some
 * rows and columns of output cells is summed up in registers, and each vector of x that they read is loaded once for
 * WEIGHED_ROWS rows of them, whose weights are in registers too. The includer includes vectors_avx512.h or
 * vectors_avx2.h before, defines TARGET, WEIGHED_ROWS and `tile`, and includes nhwc_rows.h behind it.
 */
#define TILE TARGET static inline __attribute__((always_inline))
#define TILE_CELLS 4
#define MOST_TAPS 5
#define UNROLL _Pragma("GCC unroll 32")

/* Rows of a tile: as there are registers. */
#define TILE_ROWS (VECTOR == 16 ? 3 : 2)

/*
 * Where channels lie; strides in elements. `addend` is added to a vector of sums, where there are several those at `bias`, if any.
 * Grouped convolutions have in `own` which of its group's channels each filter reads, one after the other.
 */
struct band {
    const float *x;
    int64_t x_row;
    int64_t x_cell;
    const float *w;
    int64_t w_tap;
    const int32_t *own;
    int64_t channels;
    const float *bias;
    FLOATS addend;
    FLOATS low;
    FLOATS high;
    float *y;
    int64_t y_row;
    int64_t y_cell;
    LAST stored;
};

/* What the elements left to do take of a vector. */
static inline LAST lanes(int32_t left) {
    return LAST_OF(left < VECTOR ? left : VECTOR);
}

/* Lets the sums of a tile start at zero. */
TILE void start(const int32_t rows, const int32_t cells, FLOATS sums[][TILE_CELLS]) {
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        UNROLL
        for (int32_t cell = 0; cell < cells; cell++) {
            sums[row][cell] = ZEROS;
        }
    }
}

/* The row of output behind those from `first` on that hold their weights at the same time. */
TILE int32_t end_of(const int32_t first, const int32_t rows) {
    return first + WEIGHED_ROWS < rows ? first + WEIGHED_ROWS : rows;
}

/*
 * For each row of output from `first` on the weights that it has for row `read` of what the tile reads, one `step` behind
 * the other.
 */
TILE void load(
    const int32_t read, const int32_t taps, const int32_t stride, const int32_t first, const int32_t rows, const float *w,
    int64_t step, FLOATS weights[][MOST_TAPS]) {
    const int32_t end = end_of(first, rows);
    UNROLL
    for (int32_t row = first; row < end; row++) {
        const int32_t tap_row = read - row * stride;
        if (tap_row >= 0 && tap_row < taps) {
            UNROLL
            for (int32_t tap = 0; tap < taps; tap++) {
                weights[row - first][tap] = LOAD_FLOATS(w + (tap_row * taps + tap) * step);
            }
        }
    }
}

/* Whether a row of output from `first` on has taps in row `read` of what the tile reads. */
TILE int32_t any_reads(
    const int32_t read, const int32_t taps, const int32_t stride, const int32_t first, const int32_t rows) {
    return read >= first * stride && read < (end_of(first, rows) - 1) * stride + taps;
}

/* Adds what the numbers at a row and column of what the tile reads give to each sum of these rows that they are under. */
TILE void add(
    const int32_t read, const int32_t column, const int32_t taps, const int32_t stride, const int32_t first,
    const int32_t rows, const int32_t cells, FLOATS number, FLOATS weights[][MOST_TAPS], FLOATS sums[][TILE_CELLS]) {
    const int32_t end = end_of(first, rows);
    UNROLL
    for (int32_t row = first; row < end; row++) {
        const int32_t tap_row = read - row * stride;
        UNROLL
        for (int32_t cell = 0; cell < cells; cell++) {
            const int32_t tap = column - cell * stride;
            if (tap_row >= 0 && tap_row < taps && tap >= 0 && tap < taps) {
                sums[row][cell] = TIMES_PLUS(number, weights[row - first][tap], sums[row][cell]);
            }
        }
    }
}

/* The second operand is what comes of numbers that cannot be compared. */
TILE FLOATS clamped(const struct band *band, FLOATS sum) {
    return LOWER(band->high, HIGHER(band->low, sum));
}

/* Stores the sums of a tile and the addend from y on. */
TILE void store(
    const struct band *band, const int32_t rows, const int32_t cells, FLOATS addend, LAST stored,
    FLOATS sums[][TILE_CELLS], float *y) {
    UNROLL
    for (int32_t row = 0; row < rows; row++) {
        UNROLL
        for (int32_t cell = 0; cell < cells; cell++) {
            const FLOATS sum = clamped(band, PLUS(sums[row][cell], addend));
            STORE_LAST(stored, y + row * band->y_row + cell * band->y_cell, sum);
        }
    }
}
