/*
 * Steps of GRU in floats, reset behind the product. A row of a block is its update, reset and hidden gates. Who includes it
 * defines GRU, the function's name, what recurrent.h asks for but VECTORS, GATES, ADDEND, OPEN, FINISH and FUNCTION, and
 * OPENS: 1 to compute what tanh is of for all rows before their states, as in lstm.h.
 */
#define VECTORS 3
#define GATES(X, i, b) X(i, b, 0) X(i, b, 1) X(i, b, 2)

#include "recurrent.h"

/*
 * z = sigmoid(update), n = tanh(input + sigmoid(reset) * hidden), y = (1 - z) * n + z * h: with e = exp(-update) and n = p / q
 * that is (e * p + h * q) / (q * (1 + e)).
 */
TARGET static inline FLOATS fresh(FLOATS reset, FLOATS hidden, const float *input) {
    return PLUS(LOAD_FLOATS(input), OVER(hidden, PLUS(exp_negative(reset), SPREAD(1.f))));
}

TARGET static inline void finish(FLOATS update, FLOATS fresh, LAST units, const float *h, float *y) {
    const struct quotient n = tanh_quotient(fresh);
    const FLOATS e = exp_negative(update);
    const FLOATS dividend = TIMES_PLUS(e, n.dividend, TIMES(LOAD_LAST(units, h), n.divisor));
    STORE_LAST(units, y, OVER(dividend, TIMES(n.divisor, PLUS(e, SPREAD(1.f)))));
}

#define INPUT(i, b, j) (s.x + i * s.x_row + b * WIDTH + j * UNITS)
#define ADDEND(i, b, j) LOAD_FLOATS(j < 2 ? INPUT(i, b, j) : s.bias + b * UNITS)
#define FRESH(i, b) fresh##i##b
#define FRESHES(i, b) const FLOATS FRESH(i, b) = fresh(SUM(i, b, 1), SUM(i, b, 2), INPUT(i, b, 2));
#define STATES(i, b, units)                                                                                            \
    finish(SUM(i, b, 0), FRESH(i, b), units, s.old + i * s.h_row + b * UNITS, s.y + i * s.y_row + b * UNITS);

#if OPENS
#define OPEN(i, b, units) FRESHES(i, b)
#define FINISH(i, b, units) STATES(i, b, units)
#else
#define OPEN(i, b, units)
#define FINISH(i, b, units) FRESHES(i, b) STATES(i, b, units)
#endif
#define FUNCTION gru

#include "recurrent_steps.h"

void GRU(NEREID_RECURRENT_PARAMETERS, const float *bias) {
    gru(steps, batch, hidden, from, to, r, x, x_step, x_row, h, h_row, y, y_step, y_row, 0, bias);
}
