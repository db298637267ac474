// Elements computed from the elements at the same place: functions of one and of two operands, choices, casts.
//
// Every function is a row of a list and becomes kernels of its own: a thread an element, neighbours side by side, which
// is what memory wants. Operands that broadcast cost a division an axis.
#include "nereid.cuh"

struct UnaryArgs {
    const float* x;
    float* y;
    int length;
    float alpha;
    float beta;
};

// y[i] = f(x[i]). y may be x.
#define UNARY(name, expression)                                            \
    INLINE float unary_function_##name(float x, float alpha, float beta) { \
        (void)alpha;                                                       \
        (void)beta;                                                        \
        return expression;                                                 \
    }                                                                      \
    KERNEL(unary_##name, UnaryArgs) {                                      \
        int i = blockIdx.x * blockDim.x + threadIdx.x;                     \
        if (i < a.length) {                                                \
            a.y[i] = unary_function_##name(a.x[i], a.alpha, a.beta);       \
        }                                                                  \
    }

// The rows of dev.nereid.kernels.elementwise.UnaryOp.
UNARY(abs, fabsf(x))
UNARY(neg, -x)
UNARY(sign, x > 0 ? 1.0f : x < 0 ? -1.0f : x)
UNARY(floor, floorf(x))
UNARY(ceil, ceilf(x))
UNARY(round, rintf(x))
UNARY(reciprocal, 1.0f / x)
UNARY(sqrt, sqrtf(x))
UNARY(exp, expf(x))
UNARY(log, logf(x))
UNARY(sin, sinf(x))
UNARY(cos, cosf(x))
UNARY(tan, tanf(x))
UNARY(asin, asinf(x))
UNARY(acos, acosf(x))
UNARY(atan, atanf(x))
UNARY(sinh, sinhf(x))
UNARY(cosh, coshf(x))
UNARY(tanh, tanhf(x))
UNARY(asinh, asinhf(x))
UNARY(acosh, acoshf(x))
UNARY(atanh, atanhf(x))
UNARY(erf, erff(x))
UNARY(sigmoid, sigmoid(x))
UNARY(softplus, larger(x, 0.0f) + log1pf(expf(-fabsf(x))))
UNARY(softsign, x / (1.0f + fabsf(x)))
UNARY(mish, x == -INFINITY ? -0.0f : x * tanhf(larger(x, 0.0f) + log1pf(expf(-fabsf(x)))))
UNARY(gelu, gelu(x))
UNARY(gelu_tanh, gelu_tanh(x))
UNARY(relu, x < 0 ? 0.0f : x)
UNARY(leaky_relu, x < 0 ? alpha * x : x)
UNARY(thresholded_relu, x > alpha ? x : 0.0f)
UNARY(elu, x < 0 ? alpha * expm1f(x) : x)
UNARY(selu, beta * (x < 0 ? alpha * expm1f(x) : x))
UNARY(celu, x < 0 ? alpha * expm1f(x / alpha) : x)
UNARY(hard_sigmoid, smaller(larger(alpha * x + beta, 0.0f), 1.0f))
UNARY(hard_swish, x * smaller(larger(x / 6.0f + 0.5f, 0.0f), 1.0f))
UNARY(swish, x * sigmoid(alpha * x))
UNARY(shrink, x < -alpha ? x + beta : x > alpha ? x - beta : 0.0f)
UNARY(clip, smaller(larger(x, alpha), beta))
UNARY(affine, fmaf(alpha, x, beta))

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

INLINE float floor_mod(float x, float y) { return x - y * floorf(x / y); }

// The rows of dev.nereid.kernels.elementwise.BinaryOp and CompareOp, with the datatype.
BINARY(add_fp32, float, float, x + y)
BINARY(sub_fp32, float, float, x - y)
BINARY(mul_fp32, float, float, x * y)
BINARY(div_fp32, float, float, x / y)
BINARY(pow_fp32, float, float, powf(x, y))
BINARY(mod_fp32, float, float, floor_mod(x, y))
BINARY(fmod_fp32, float, float, fmodf(x, y))
BINARY(max_fp32, float, float, larger(x, y))
BINARY(min_fp32, float, float, smaller(x, y))
BINARY(prelu_fp32, float, float, x < 0 ? x * y : x)
BINARY(equal_fp32, float, uint8_t, x == y)
BINARY(less_fp32, float, uint8_t, x < y)
BINARY(greater_fp32, float, uint8_t, x > y)
BINARY(less_or_equal_fp32, float, uint8_t, x <= y)
BINARY(greater_or_equal_fp32, float, uint8_t, x >= y)
BINARY(add_int32, int32_t, int32_t, static_cast<int32_t>(static_cast<uint32_t>(x) + static_cast<uint32_t>(y)))
BINARY(sub_int32, int32_t, int32_t, static_cast<int32_t>(static_cast<uint32_t>(x) - static_cast<uint32_t>(y)))
BINARY(mul_int32, int32_t, int32_t, static_cast<int32_t>(static_cast<uint32_t>(x) * static_cast<uint32_t>(y)))

struct WhereArgs {
    const uint8_t* condition;
    const void* x;
    const void* y;
    void* z;
    int length;
    int rank;
    int dims[MOST_DIMS];
    int conditionStrides[MOST_DIMS];
    int xStrides[MOST_DIMS];
    int yStrides[MOST_DIMS];
};

template <typename T>
INLINE void where(const WhereArgs& a) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= a.length) {
        return;
    }
    int rest = i;
    int condition = 0;
    int x = 0;
    int y = 0;
#pragma unroll 1
    for (int axis = a.rank - 1; axis >= 0; axis--) {
        int place = rest % a.dims[axis];
        rest /= a.dims[axis];
        condition += place * a.conditionStrides[axis];
        x += place * a.xStrides[axis];
        y += place * a.yStrides[axis];
    }
    static_cast<T*>(a.z)[i] =
        a.condition[condition] ? static_cast<const T*>(a.x)[x] : static_cast<const T*>(a.y)[y];
}

// z = condition ? x : y, all three repeated along axes of stride 0; the number is an element's size in bytes.
KERNEL(where_1, WhereArgs) { where<uint8_t>(a); }
KERNEL(where_4, WhereArgs) { where<uint32_t>(a); }
KERNEL(where_8, WhereArgs) { where<uint64_t>(a); }

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

CAST(bool_fp32, uint8_t, float, x ? 1.0f : 0.0f)
CAST(uint8_fp32, uint8_t, float, static_cast<float>(x))
CAST(int32_fp32, int32_t, float, static_cast<float>(x))
CAST(int64_fp32, int64_t, float, static_cast<float>(x))
CAST(fp32_bool, float, uint8_t, x != 0)
