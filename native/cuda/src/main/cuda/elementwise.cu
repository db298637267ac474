// Elements of FP32 computed from the elements at the same place: functions of one and of two operands; and choices of
// elements of any type.
#include "elementwise.cuh"

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
