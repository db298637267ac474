// What all elementwise kernels share.
//
// Every function is a row of a list and becomes kernels of its own: a thread an element, neighbours side by side, which
// is what memory wants. Operands that broadcast cost a division an axis. Oracle: ScalarElementwise.
#pragma once

#include "nereid.cuh"

struct BinaryArgs {
    const void* x;
    const void* y;
    void* z;
    int length;
    int rank;
    int dims[MOST_DIMS];
    int xStrides[MOST_DIMS];
    int yStrides[MOST_DIMS];
};

// Where the operands of output element i lie, for operands that broadcast: strides of 0 along repeated axes.
INLINE void operands(const BinaryArgs& a, int i, int* x, int* y) {
    int xAt = 0;
    int yAt = 0;
#pragma unroll 1
    for (int axis = a.rank - 1; axis >= 0; axis--) {
        int place = i % a.dims[axis];
        i /= a.dims[axis];
        xAt += place * a.xStrides[axis];
        yAt += place * a.yStrides[axis];
    }
    *x = xAt;
    *y = yAt;
}

// z = f(x, y) of elements of type In to elements of type Out: binary_NAME of operands of the output's shape, and
// broadcast_NAME of operands that are repeated along axes.
#define BINARY(name, In, Out, expression)                                        \
    INLINE Out binary_function_##name(In x, In y) { return expression; }         \
    KERNEL(binary_##name, BinaryArgs) {                                          \
        int i = blockIdx.x * blockDim.x + threadIdx.x;                           \
        if (i < a.length) {                                                      \
            static_cast<Out*>(a.z)[i] = binary_function_##name(                  \
                static_cast<const In*>(a.x)[i], static_cast<const In*>(a.y)[i]); \
        }                                                                        \
    }                                                                            \
    KERNEL(broadcast_##name, BinaryArgs) {                                       \
        int i = blockIdx.x * blockDim.x + threadIdx.x;                           \
        if (i < a.length) {                                                      \
            int x;                                                               \
            int y;                                                               \
            operands(a, i, &x, &y);                                              \
            static_cast<Out*>(a.z)[i] = binary_function_##name(                  \
                static_cast<const In*>(a.x)[x], static_cast<const In*>(a.y)[y]); \
        }                                                                        \
    }

// Towards zero, saturated to 64 bits; 0 for NaN. Narrower integers are the lowest bits of that, as on the CPU.
INLINE int64_t whole(float x) {
    if (x >= 9223372036854775808.0f) {
        return INT64_MAX;
    }
    return x < -9223372036854775808.0f ? INT64_MIN : x == x ? static_cast<int64_t>(x) : 0;
}

struct CastArgs {
    const void* x;
    void* y;
    int length;
};

#define CAST(name, From, To, expression)                                    \
    KERNEL(cast_##name, CastArgs) {                                         \
        int i = blockIdx.x * blockDim.x + threadIdx.x;                      \
        if (i < a.length) {                                                 \
            From x = static_cast<const From*>(a.x)[i];                      \
            static_cast<To*>(a.y)[i] = expression;                          \
        }                                                                   \
    }
