/* What the gates of LSTM make of 16 units; recurrent_avx512.h is included before. */

/* tanh(x) * sigmoid(gate), with one division for both. */
TARGET static inline __m512 gated_tanh(__m512 x, __m512 gate) {
    const struct quotient tanh = tanh_quotient(x);
    return _mm512_div_ps(tanh.dividend, _mm512_mul_ps(tanh.divisor, _mm512_add_ps(exp_negative(gate), SET(1.f))));
}

TARGET static inline void finish(
    __m512 in, __m512 out, __m512 forget, __m512 fresh, __mmask16 units, float *c, float *y) {
    const __m512 old = _mm512_maskz_loadu_ps(units, c);
    const __m512 kept = _mm512_div_ps(old, _mm512_add_ps(exp_negative(forget), SET(1.f)));
    const __m512 cell = _mm512_add_ps(kept, gated_tanh(fresh, in));
    _mm512_mask_storeu_ps(c, units, cell);
    _mm512_mask_storeu_ps(y, units, gated_tanh(cell, out));
}
