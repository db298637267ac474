/* Steps of LSTM in floats with AVX512. A row of a block is its input, output, forget and cell gates. */
#define GATES(X, i, b) X(i, b, 0) X(i, b, 1) X(i, b, 2) X(i, b, 3)
#define VECTORS 4
#define TALLEST 6
#define TILES(TILE) TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6)

#include "recurrent_avx512.h"
#include "lstm_units_avx512.h"

#define START(i, b, j) _mm512_loadu_ps(s.x + i * s.x_row + b * WIDTH + j * UNITS)
#define FINISH(i, b, units)                                                                                            \
    finish(                                                                                                            \
        SUM(i, b, 0), SUM(i, b, 1), SUM(i, b, 2), SUM(i, b, 3), units, s.c + i * (int64_t)s.k + b * UNITS,             \
        s.y + i * s.y_row + b * UNITS);
#define FUNCTION lstm

#include "recurrent_steps_avx512.h"

void nereid_f32_lstm_avx512(NEREID_RECURRENT_PARAMETERS, float *c) {
    lstm(steps, batch, hidden, from, to, r, x, x_step, x_row, h, h_row, y, y_step, y_row, c, 0);
}
