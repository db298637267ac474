/*
 * What comes behind the sums of a product, in one pass over them while they are in a cache. The includer includes
 * vectors_avx512.h or vectors_avx2.h before, and defines TARGET and FUNCTION.
 */
#include "functions.h"

struct sums {
    int32_t rows;
    int32_t columns;
    float *c;
    int64_t c_row;
    const float *addend;
    int64_t addend_row;
    int32_t addend_repeats;
    const float *residual;
    int64_t residual_row;
    float alpha;
    float beta;
};

typedef void pass(const struct sums *sums);

#define NO_ACTIVATION(x) x
#define RELU(x) HIGHER(ZEROS, x)
#define LEAKY_RELU(x) OR_NEGATIVE(x, TIMES(x, alpha))
#define CLIP(x) LOWER(beta, HIGHER(alpha, x))
#define GELU(x) gelu(x)
#define TANH(x) tanh_of(x)
#define SIGMOID(x) OVER(SPREAD(1.f), one_and_exp_negative(x))
#define HARD_SWISH(x) TIMES(x, NO_MORE(NO_LESS(TIMES_PLUS(x, SPREAD(1.f / 6), SPREAD(.5f)), 0), 1))
#define SWISH(x) OVER(x, one_and_exp_negative(x))

TARGET static inline FLOATS tanh_of(FLOATS x) {
    const struct quotient tanh = tanh_quotient(x);
    return OVER(tanh.dividend, tanh.divisor);
}

/* One vector from column j on. */
#define APPLY(ACTIVATION, LOAD, STORE)                                                                                 \
    {                                                                                                                  \
        FLOATS x = LOAD(c + j);                                                                                        \
        if (addend) {                                                                                                  \
            x = PLUS(x, sums->addend_repeats ? number : LOAD(addend + j));                                             \
        }                                                                                                              \
        x = ACTIVATION(x);                                                                                             \
        if (residual) {                                                                                                \
            x = PLUS(x, LOAD(residual + j));                                                                           \
        }                                                                                                              \
        STORE(c + j, x);                                                                                               \
    }

#define LOAD_SOME(address) LOAD_LAST(last, address)
#define STORE_SOME(address, vector) STORE_LAST(last, address, vector)

#define PASS(ACTIVATION)                                                                                               \
    TARGET static void pass_##ACTIVATION(const struct sums *sums) {                                                    \
        const int32_t columns = sums->columns;                                                                         \
        const FLOATS alpha = SPREAD(sums->alpha);                                                                      \
        const FLOATS beta = SPREAD(sums->beta);                                                                        \
        (void)alpha;                                                                                                   \
        (void)beta;                                                                                                    \
        for (int32_t i = 0; i < sums->rows; i++) {                                                                     \
            float *const c = sums->c + i * sums->c_row;                                                                \
            const float *const addend = sums->addend ? sums->addend + i * sums->addend_row : 0;                        \
            const float *const residual = sums->residual ? sums->residual + i * sums->residual_row : 0;                \
            const FLOATS number = sums->addend_repeats ? SPREAD(*addend) : ZEROS;                                      \
            int32_t j = 0;                                                                                             \
            for (; j <= columns - VECTOR; j += VECTOR) {                                                               \
                APPLY(ACTIVATION, LOAD_FLOATS, STORE_FLOATS)                                                           \
            }                                                                                                          \
            if (j < columns) {                                                                                         \
                const LAST last = LAST_OF(columns - j);                                                                \
                APPLY(ACTIVATION, LOAD_SOME, STORE_SOME)                                                               \
            }                                                                                                          \
        }                                                                                                              \
    }

PASS(NO_ACTIVATION)
PASS(RELU)
PASS(LEAKY_RELU)
PASS(CLIP)
PASS(GELU)
PASS(TANH)
PASS(SIGMOID)
PASS(HARD_SWISH)
PASS(SWISH)

static pass *const passes[] = {
    [NEREID_NO_ACTIVATION] = pass_NO_ACTIVATION,
    [NEREID_RELU] = pass_RELU,
    [NEREID_LEAKY_RELU] = pass_LEAKY_RELU,
    [NEREID_CLIP] = pass_CLIP,
    [NEREID_GELU] = pass_GELU,
    [NEREID_TANH] = pass_TANH,
    [NEREID_SIGMOID] = pass_SIGMOID,
    [NEREID_HARD_SWISH] = pass_HARD_SWISH,
    [NEREID_SWISH] = pass_SWISH,
};

void FUNCTION(NEREID_EPILOGUE_PARAMETERS) {
    const struct sums sums = {
        rows, columns, c, c_row, addend, addend_row, addend_repeats, residual, residual_row, alpha, beta};
    passes[activation](&sums);
}
