/* Steps of GRU in floats with AVX512, reset behind the product. A row of a block is its update, reset and hidden gates. */
#define GATES(X, i, b) X(i, b, 0) X(i, b, 1) X(i, b, 2)
#define VECTORS 3
#define TALLEST 8
#define TILES(TILE) TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)

#include "recurrent_avx512.h"

/*
 * z = sigmoid(update), n = tanh(input + sigmoid(reset) * hidden), y = (1 - z) * n + z * h: with e = exp(-update) and n = p / q
 * that is (e * p + h * q) / (q * (1 + e)).
 */
TARGET static inline void finish(
    __m512 update, __m512 reset, __m512 hidden, const float *input, __mmask16 units, const float *h, float *y) {
    const __m512 opened = _mm512_div_ps(hidden, _mm512_add_ps(exp_negative(reset), SET(1.f)));
    const struct quotient n = tanh_quotient(_mm512_add_ps(_mm512_loadu_ps(input), opened));
    const __m512 e = exp_negative(update);
    const __m512 dividend = FMA(e, n.dividend, _mm512_mul_ps(_mm512_maskz_loadu_ps(units, h), n.divisor));
    _mm512_mask_storeu_ps(y, units, _mm512_div_ps(dividend, _mm512_mul_ps(n.divisor, _mm512_add_ps(e, SET(1.f)))));
}

#define INPUT(i, b, j) (s.x + i * s.x_row + b * WIDTH + j * UNITS)
#define START(i, b, j)                                                                                                 \
    (j < 2 ? _mm512_loadu_ps(INPUT(i, b, j)) : _mm512_maskz_loadu_ps(s.biased, s.bias + b * UNITS))
#define FINISH(i, b, units)                                                                                            \
    finish(                                                                                                            \
        SUM(i, b, 0), SUM(i, b, 1), SUM(i, b, 2), INPUT(i, b, 2), units, s.old + i * s.h_row + b * UNITS,              \
        s.y + i * s.y_row + b * UNITS);
#define FUNCTION gru

#include "recurrent_steps_avx512.h"

void nereid_f32_gru_avx512(NEREID_RECURRENT_PARAMETERS, const float *bias) {
    gru(steps, batch, hidden, from, to, r, x, x_step, x_row, h, h_row, y, y_step, y_row, 0, bias);
}
