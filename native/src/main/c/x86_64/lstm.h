/*
 * Steps of LSTM in floats. A row of a block is its input, output, forget and cell gates. Who includes it defines LSTM, the
 * function's name, what recurrent.h asks for but VECTORS, GATES, ADDEND, OPEN, FINISH and FUNCTION, and OPENS: 1 to compute
 * the cells of all rows before their states, which wait for them, where a processor does not look far enough ahead to do
 * others meanwhile.
 */
#define VECTORS 4
#define GATES(X, i, b) X(i, b, 0) X(i, b, 1) X(i, b, 2) X(i, b, 3)

#include "recurrent.h"

#include "lstm_units.h"

#define ADDEND(i, b, j) LOAD_FLOATS(s.x + i * s.x_row + b * WIDTH + j * UNITS)
#define CELL(i, b) cell##i##b
#define CELLS(i, b, units)                                                                                             \
    const FLOATS CELL(i, b) = new_cells(                                                                               \
        SUM(i, b, 0), SUM(i, b, 2), SUM(i, b, 3), units, s.c + i * (int64_t)s.k + b * UNITS);
#define STATES(i, b, units) STORE_LAST(units, s.y + i * s.y_row + b * UNITS, gated_tanh(CELL(i, b), SUM(i, b, 1)));

#if OPENS
#define OPEN(i, b, units) CELLS(i, b, units)
#define FINISH(i, b, units) STATES(i, b, units)
#else
#define OPEN(i, b, units)
#define FINISH(i, b, units) CELLS(i, b, units) STATES(i, b, units)
#endif
#define FUNCTION lstm

#include "recurrent_steps.h"

void LSTM(NEREID_RECURRENT_PARAMETERS, float *c) {
    lstm(steps, batch, hidden, from, to, r, x, x_step, x_row, h, h_row, y, y_step, y_row, c, 0);
}
