/*
 * The transformations of Winograd's F(4 x 4, 3 x 3), tile by tile: along one axis, then along the other. The includer includes vectors_avx512.h or vectors_avx2.h before, and defines TARGET, INPUT and OUTPUT.
 */
#define SIDE 6
#define OUTPUTS 4
#define LINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 32")

/* Not unrolled: what is between both axes waits in memory one way or the other. */
#define LOOP _Pragma("GCC unroll 1")

/* Six cells of a line, `step` elements apart. */
LINE void load(const float *from, int64_t step, FLOATS line[SIDE]) {
    UNROLL
    for (int64_t i = 0; i < SIDE; i++) {
        line[i] = LOAD_FLOATS(from + i * step);
    }
}

LINE void transform(const FLOATS d[SIDE], FLOATS to[SIDE]) {
    const FLOATS even = TIMES_PLUS(d[2], SPREAD(-4.f), d[4]);
    const FLOATS odd = TIMES_PLUS(d[1], SPREAD(-4.f), d[3]);
    const FLOATS outer = MINUS(d[4], d[2]);
    const FLOATS inner = MINUS(d[3], d[1]);
    to[0] = TIMES_PLUS(d[0], SPREAD(4.f), TIMES_PLUS(d[2], SPREAD(-5.f), d[4]));
    to[1] = PLUS(even, odd);
    to[2] = MINUS(even, odd);
    to[3] = TIMES_PLUS(inner, SPREAD(2.f), outer);
    to[4] = TIMES_PLUS(inner, SPREAD(-2.f), outer);
    to[5] = TIMES_PLUS(d[1], SPREAD(4.f), TIMES_PLUS(d[3], SPREAD(-5.f), d[5]));
}

LINE void transform_back(const FLOATS m[SIDE], FLOATS to[OUTPUTS]) {
    const FLOATS sum12 = PLUS(m[1], m[2]);
    const FLOATS difference12 = MINUS(m[1], m[2]);
    const FLOATS sum34 = PLUS(m[3], m[4]);
    const FLOATS difference34 = MINUS(m[3], m[4]);
    to[0] = PLUS(PLUS(m[0], sum12), sum34);
    to[1] = TIMES_PLUS(difference34, SPREAD(2.f), difference12);
    to[2] = TIMES_PLUS(sum34, SPREAD(4.f), sum12);
    to[3] = PLUS(TIMES_PLUS(difference34, SPREAD(8.f), difference12), m[5]);
}

TARGET void INPUT(NEREID_WINOGRAD_INPUT_PARAMETERS) {
    for (int32_t channel = 0; channel < channels; channel += VECTOR) {
        FLOATS between[SIDE][SIDE];
        FLOATS line[SIDE];
        FLOATS result[SIDE];
        LOOP
        for (int64_t j = 0; j < SIDE; j++) {
            load(x + channel + j * x_cell, x_row, line);
            transform(line, result);
            UNROLL
            for (int64_t i = 0; i < SIDE; i++) {
                between[i][j] = result[i];
            }
        }
        LOOP
        for (int64_t i = 0; i < SIDE; i++) {
            transform(between[i], result);
            UNROLL
            for (int64_t j = 0; j < SIDE; j++) {
                STORE_FLOATS(v + channel + (i * SIDE + j) * place, result[j]);
            }
        }
    }
}

TARGET void OUTPUT(NEREID_WINOGRAD_OUTPUT_PARAMETERS) {
    const FLOATS lowest = SPREAD(low);
    const FLOATS highest = SPREAD(high);
    for (int32_t filter = 0; filter < filters; filter += VECTOR) {
        FLOATS between[OUTPUTS][SIDE];
        FLOATS line[SIDE];
        FLOATS result[OUTPUTS];
        LOOP
        for (int64_t j = 0; j < SIDE; j++) {
            load(m + filter + j * place, SIDE * place, line);
            transform_back(line, result);
            UNROLL
            for (int64_t i = 0; i < OUTPUTS; i++) {
                between[i][j] = result[i];
            }
        }
        const FLOATS shift = bias ? LOAD_FLOATS(bias + filter) : ZEROS;
        LOOP
        for (int64_t i = 0; i < rows; i++) {
            transform_back(between[i], result);
            UNROLL
            for (int64_t j = 0; j < OUTPUTS; j++) {
                if (j < columns) {
                    /* The second operand is what comes of numbers that cannot be compared. */
                    const FLOATS cell = LOWER(highest, HIGHER(lowest, PLUS(result[j], shift)));
                    STORE_FLOATS(y + filter + i * y_row + j * y_cell, cell);
                }
            }
        }
    }
}
