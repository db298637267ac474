/* What the gates of LSTM make of a vector of units; recurrent.h is included before. */

/* tanh(x) * sigmoid(gate), with one division for both. */
TARGET static inline FLOATS gated_tanh(FLOATS x, FLOATS gate) {
    const struct quotient tanh = tanh_quotient(x);
    return OVER(tanh.dividend, TIMES(tanh.divisor, PLUS(exp_negative(gate), SPREAD(1.f))));
}

/* The cell states, which c gets too. */
TARGET static inline FLOATS new_cells(FLOATS in, FLOATS forget, FLOATS fresh, LAST units, float *c) {
    const FLOATS old = LOAD_LAST(units, c);
    const FLOATS kept = OVER(old, PLUS(exp_negative(forget), SPREAD(1.f)));
    const FLOATS cell = PLUS(kept, gated_tanh(fresh, in));
    STORE_LAST(units, c, cell);
    return cell;
}
