/* Softmax of rows of doubles with AVX512. */
#include "doubles_avx512.h"

#define SOFTMAX nereid_f64_softmax_avx512
#define EACH_VECTOR(length, BODY)                                                                                      \
    for (int32_t at = 0; at < length; at += VECTOR) {                                                                  \
        const __mmask8 lanes = first(length - at);                                                                     \
        BODY;                                                                                                          \
    }
#define TERM(number) SPREAD(number)
#define READ(lanes, address) _mm512_maskz_loadu_pd(lanes, address)
#define WRITE(lanes, address, x) _mm512_mask_storeu_pd(address, lanes, x)
#define HIGHER_OF(lanes, address, high) HIGHER(_mm512_mask_loadu_pd(high, lanes, address), high)
#define PLUS_FIRST(lanes, x, y) _mm512_mask_add_pd(x, lanes, x, y)
#define WHOLE(x) _mm512_roundscale_pd(x, _MM_FROUND_TO_NEAREST_INT)
#define TIMES_POWER(x, n) _mm512_scalef_pd(x, n)
#define GREATEST(x) _mm512_reduce_max_pd(x)
#define TOTAL(x) _mm512_reduce_add_pd(x)

TARGET static inline __mmask8 first(int32_t left) {
    return left >= VECTOR ? 0xff : (__mmask8)((1u << left) - 1);
}

#include "softmax_doubles.h"
