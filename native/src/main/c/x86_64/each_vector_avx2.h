/* How softmax.h and softmax_doubles.h go over the vectors of a row with AVX2, of VECTOR elements. */

/* The compiler leaves out of the first body what a full vector does not need. */
#define EACH_VECTOR(length, BODY)                                                                                      \
    {                                                                                                                  \
        int32_t at = 0;                                                                                                \
        for (; at <= length - VECTOR; at += VECTOR) {                                                                  \
            const int32_t lanes = VECTOR;                                                                              \
            BODY;                                                                                                      \
        }                                                                                                              \
        if (at < length) {                                                                                             \
            const int32_t lanes = length - at;                                                                         \
            BODY;                                                                                                      \
        }                                                                                                              \
    }
