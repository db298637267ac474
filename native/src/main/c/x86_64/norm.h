/*
 * Norms of rows. A row is read twice before it is written, the variance from differences to the mean: it stays in the cache,
 * and nothing cancels. The includer includes vectors_avx512.h or vectors_avx2.h before, and defines TARGET, LAYER_NORM
 * and RMS_NORM.
 */

/* How many elements the vector at i has, where the row may end in it. */
#define LAST_AT(i) LAST_OF(length - (i) < VECTOR ? length - (i) : VECTOR)

TARGET static inline float sum(int32_t length, const float *x) {
    FLOATS even = ZEROS;
    FLOATS odd = ZEROS;
    int32_t i = 0;
    for (; i <= length - 2 * VECTOR; i += 2 * VECTOR) {
        even = PLUS(even, LOAD_FLOATS(x + i));
        odd = PLUS(odd, LOAD_FLOATS(x + i + VECTOR));
    }
    for (; i < length; i += VECTOR) {
        even = PLUS(even, LOAD_LAST(LAST_AT(i), x + i));
    }
    return TOTAL(PLUS(even, odd));
}

/* Writes x + residual to y and returns the sum of that. */
TARGET static inline float sum_of_both(int32_t length, const float *x, const float *residual, float *y) {
    FLOATS even = ZEROS;
    FLOATS odd = ZEROS;
    int32_t i = 0;
    for (; i <= length - 2 * VECTOR; i += 2 * VECTOR) {
        const FLOATS first = PLUS(LOAD_FLOATS(x + i), LOAD_FLOATS(residual + i));
        const FLOATS second = PLUS(LOAD_FLOATS(x + i + VECTOR), LOAD_FLOATS(residual + i + VECTOR));
        STORE_FLOATS(y + i, first);
        STORE_FLOATS(y + i + VECTOR, second);
        even = PLUS(even, first);
        odd = PLUS(odd, second);
    }
    for (; i < length; i += VECTOR) {
        const LAST last = LAST_AT(i);
        const FLOATS both = PLUS(LOAD_LAST(last, x + i), LOAD_LAST(last, residual + i));
        STORE_LAST(last, y + i, both);
        even = PLUS(even, both);
    }
    return TOTAL(PLUS(even, odd));
}

/* The sum of the squares of x - mean. */
TARGET static inline float squares(int32_t length, const float *x, float mean) {
    const FLOATS means = SPREAD(mean);
    FLOATS even = ZEROS;
    FLOATS odd = ZEROS;
    int32_t i = 0;
    for (; i <= length - 2 * VECTOR; i += 2 * VECTOR) {
        const FLOATS first = MINUS(LOAD_FLOATS(x + i), means);
        const FLOATS second = MINUS(LOAD_FLOATS(x + i + VECTOR), means);
        even = TIMES_PLUS(first, first, even);
        odd = TIMES_PLUS(second, second, odd);
    }
    for (; i < length; i += VECTOR) {
        const LAST last = LAST_AT(i);
        const FLOATS rest = KEEP_LAST(last, MINUS(LOAD_LAST(last, x + i), means));
        even = TIMES_PLUS(rest, rest, even);
    }
    return TOTAL(PLUS(even, odd));
}

TARGET static inline float inverse_root(float squares, int32_t length, float epsilon) {
    const __m128d variance = _mm_set_sd(squares / (float)length + epsilon);
    return (float)(1 / _mm_cvtsd_f64(_mm_sqrt_sd(variance, variance)));
}

TARGET void LAYER_NORM(NEREID_LAYER_NORM_PARAMETERS) {
    for (int32_t row = 0; row < rows; row++, x += length, y += length) {
        const float *from = x;
        float mean;
        if (residual) {
            mean = sum_of_both(length, x, residual, y) / (float)length;
            residual += length;
            from = y;
        } else {
            mean = sum(length, x) / (float)length;
        }
        const FLOATS means = SPREAD(mean);
        const FLOATS factor = SPREAD(inverse_root(squares(length, from, mean), length, epsilon));
        int32_t i = 0;
        for (; i <= length - VECTOR; i += VECTOR) {
            const FLOATS norm = TIMES(MINUS(LOAD_FLOATS(from + i), means), factor);
            STORE_FLOATS(y + i, TIMES_PLUS(norm, LOAD_FLOATS(scale + i), LOAD_FLOATS(bias + i)));
        }
        if (i < length) {
            const LAST last = LAST_OF(length - i);
            const FLOATS norm = TIMES(MINUS(LOAD_LAST(last, from + i), means), factor);
            const FLOATS result = TIMES_PLUS(norm, LOAD_LAST(last, scale + i), LOAD_LAST(last, bias + i));
            STORE_LAST(last, y + i, result);
        }
    }
}

TARGET void RMS_NORM(NEREID_RMS_NORM_PARAMETERS) {
    for (int32_t row = 0; row < rows; row++, x += length, y += length) {
        const FLOATS factor = SPREAD(inverse_root(squares(length, x, 0), length, epsilon));
        int32_t i = 0;
        for (; i <= length - VECTOR; i += VECTOR) {
            STORE_FLOATS(y + i, TIMES(TIMES(LOAD_FLOATS(x + i), factor), LOAD_FLOATS(scale + i)));
        }
        if (i < length) {
            const LAST last = LAST_OF(length - i);
            const FLOATS norm = TIMES(LOAD_LAST(last, x + i), factor);
            STORE_LAST(last, y + i, TIMES(norm, LOAD_LAST(last, scale + i)));
        }
    }
}
