/*
 * Sums, differences, products and quotients of floats, with AVX2. Java's vectors are as fast once they are compiled, and a
 * thousand times slower before: a server that has just started would wait for the compiler.
 */
#include "nereid.h"

#define TARGET __attribute__((target("avx2")))

/* No element of z is read after it was written, also where z is an operand. */
#ifdef __clang__
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif

/* The loops that the compiler makes vectors of: an operand of step 0 is one number. */
#define LOOPS(name, OP)                                                                                                \
    TARGET static void name(int64_t length, const float *x, int x_step, const float *y, int y_step, float *z) {        \
        if (!x_step) {                                                                                                 \
            const float one = *x;                                                                                      \
            INDEPENDENT                                                                                                \
            for (int64_t i = 0; i < length; i++)                                                                       \
                z[i] = one OP y[i];                                                                                    \
        } else if (!y_step) {                                                                                          \
            const float one = *y;                                                                                      \
            INDEPENDENT                                                                                                \
            for (int64_t i = 0; i < length; i++)                                                                       \
                z[i] = x[i] OP one;                                                                                    \
        } else {                                                                                                       \
            INDEPENDENT                                                                                                \
            for (int64_t i = 0; i < length; i++)                                                                       \
                z[i] = x[i] OP y[i];                                                                                   \
        }                                                                                                              \
    }

LOOPS(add, +)
LOOPS(subtract, -)
LOOPS(multiply, *)
LOOPS(divide, /)

typedef void loop(int64_t length, const float *x, int x_step, const float *y, int y_step, float *z);

void nereid_f32_binary_avx2(
    int32_t operation, int32_t rows, int32_t length, const float *x, int64_t x_row, int32_t x_step, const float *y,
    int64_t y_row, int32_t y_step, float *z, int64_t z_row) {
    static loop *const loops[] = {add, subtract, multiply, divide};
    loop *const each = loops[operation];
    for (int32_t row = 0; row < rows; row++)
        each(length, (const float *)((const char *)x + row * x_row), x_step,
             (const float *)((const char *)y + row * y_row), y_step, (float *)((char *)z + row * z_row));
}
