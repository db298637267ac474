/* Softmax of rows of floats and what is made of such rows, with AVX512. */
#include "vectors_avx512.h"

#define SOFTMAX nereid_f32_softmax_avx512
#define LOG_SOFTMAX nereid_f32_log_softmax_avx512
#define ATTENTION_SOFTMAX nereid_f32_attention_softmax_avx512
#define SCALE_ROWS nereid_f32_scale_rows_avx512
#define SIDE_BY_SIDE 4
#define TARGET __attribute__((target("avx512f")))

/* A mask costs nothing: full vectors have one too. */
#define EACH_VECTOR(length, BODY)                                                                                      \
    for (int32_t at = 0; at < length; at += VECTOR) {                                                                  \
        const LAST lanes = (__mmask16)(length - at >= VECTOR ? 0xffff : (1 << (length - at)) - 1);                     \
        BODY;                                                                                                          \
    }
#define TERM(number) SPREAD(number)
#define READ(lanes, address) LOAD_LAST(lanes, address)
#define WRITE(lanes, address, x) STORE_LAST(lanes, address, x)
#define HIGHER_OF(lanes, x, high) _mm512_mask_max_ps(high, lanes, x, high)
#define TIMES_NOT_BELOW(lanes, x, low, y, z)                                                                           \
    _mm512_maskz_mul_ps(_mm512_mask_cmp_ps_mask(lanes, x, low, _CMP_NLT_UQ), y, z)
#define GREATEST(x) _mm512_reduce_max_ps(x)
#define FIRST(x) _mm512_cvtss_f32(x)
#define TIMES_MINUS(x, y, z) _mm512_fmsub_ps(x, y, z)

#define ROOT_OF_2 1.4142135f

struct binary {
    FLOATS mantissa;
    FLOATS exponent;
};

TARGET static inline struct binary binary(FLOATS x) {
    const FLOATS low = _mm512_getmant_ps(x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
    const __mmask16 above = _mm512_cmp_ps_mask(low, SPREAD(ROOT_OF_2), _CMP_GT_OQ);
    const FLOATS exponent = _mm512_getexp_ps(x);
    const struct binary parts = {
        _mm512_mask_mul_ps(low, above, low, SPREAD(.5f)),
        _mm512_mask_add_ps(exponent, above, exponent, SPREAD(1.f))};
    return parts;
}

#include "softmax.h"
