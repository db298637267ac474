// Elements of integers and truth values computed from the elements at the same place, and casts.
//
// Arithmetic is modulo 2^32 or 2^64. Division by zero gives zero, and so do its remainders: a request must not end in an
// error for what ONNX leaves open. Oracle: ScalarElementwise.
#include "elementwise.cuh"

template <typename T, typename Unsigned>
INLINE T negated(T x) {
    return static_cast<T>(Unsigned(0) - static_cast<Unsigned>(x));
}

// Rounded towards zero. By -1 apart: the least integer has no opposite.
template <typename T, typename Unsigned>
INLINE T quotient(T x, T y) {
    return y == 0 ? T(0) : y == -1 ? negated<T, Unsigned>(x) : static_cast<T>(x / y);
}

// With the sign of the dividend.
template <typename T>
INLINE T remainder_of(T x, T y) {
    return y == 0 || y == -1 ? T(0) : static_cast<T>(x % y);
}

// With the sign of the divisor.
template <typename T>
INLINE T floor_remainder(T x, T y) {
    T rest = remainder_of(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? static_cast<T>(rest + y) : rest;
}

// The rows of dev.nereid.kernels.elementwise.BinaryOp and CompareOp, with the datatype.
#define INTEGERS(type, T, Unsigned)                                                                 \
    BINARY(add_##type, T, T, static_cast<T>(static_cast<Unsigned>(x) + static_cast<Unsigned>(y)))   \
    BINARY(sub_##type, T, T, static_cast<T>(static_cast<Unsigned>(x) - static_cast<Unsigned>(y)))   \
    BINARY(mul_##type, T, T, static_cast<T>(static_cast<Unsigned>(x) * static_cast<Unsigned>(y)))   \
    BINARY(div_##type, T, T, (quotient<T, Unsigned>(x, y)))                                         \
    BINARY(mod_##type, T, T, floor_remainder(x, y))                                                 \
    BINARY(fmod_##type, T, T, remainder_of(x, y))                                                   \
    BINARY(max_##type, T, T, x > y ? x : y)                                                         \
    BINARY(min_##type, T, T, x < y ? x : y)                                                         \
    BINARY(bitwise_and_##type, T, T, x & y)                                                         \
    BINARY(bitwise_or_##type, T, T, x | y)                                                          \
    BINARY(bitwise_xor_##type, T, T, x ^ y)                                                         \
    BINARY(equal_##type, T, uint8_t, x == y)                                                        \
    BINARY(less_##type, T, uint8_t, x < y)                                                          \
    BINARY(greater_##type, T, uint8_t, x > y)                                                       \
    BINARY(less_or_equal_##type, T, uint8_t, x <= y)                                                \
    BINARY(greater_or_equal_##type, T, uint8_t, x >= y)

INTEGERS(int32, int32_t, uint32_t)
INTEGERS(int64, int64_t, uint64_t)

// Truth values are 0 or 1.
BINARY(bitwise_and_bool, uint8_t, uint8_t, x & y)
BINARY(bitwise_or_bool, uint8_t, uint8_t, x | y)
BINARY(bitwise_xor_bool, uint8_t, uint8_t, x ^ y)
BINARY(equal_bool, uint8_t, uint8_t, x == y)

struct IntegerUnaryArgs {
    const void* x;
    void* y;
    int length;
    int unused;
};

// y[i] = f(x[i]). y may be x. The rows of dev.nereid.kernels.elementwise.UnaryOp.
#define INTEGER_UNARY(name, T, expression)                 \
    KERNEL(unary_##name, IntegerUnaryArgs) {               \
        int i = blockIdx.x * blockDim.x + threadIdx.x;     \
        if (i < a.length) {                                \
            T x = static_cast<const T*>(a.x)[i];           \
            static_cast<T*>(a.y)[i] = expression;          \
        }                                                  \
    }

#define INTEGER_FUNCTIONS(type, T, Unsigned)                              \
    INTEGER_UNARY(abs_##type, T, x < 0 ? (negated<T, Unsigned>(x)) : x)   \
    INTEGER_UNARY(neg_##type, T, (negated<T, Unsigned>(x)))               \
    INTEGER_UNARY(sign_##type, T, x > 0 ? 1 : x < 0 ? -1 : 0)             \
    INTEGER_UNARY(relu_##type, T, x > 0 ? x : 0)                          \
    INTEGER_UNARY(bitwise_not_##type, T, ~x)

INTEGER_FUNCTIONS(int32, int32_t, uint32_t)
INTEGER_FUNCTIONS(int64, int64_t, uint64_t)
INTEGER_UNARY(not_bool, uint8_t, x == 0 ? 1 : 0)

// To truth values, and from a type to integers and FP32.
#define CAST_TO_BOOL(from, From) CAST(from##_bool, From, uint8_t, x != 0 ? 1 : 0)
#define CAST_TO_UINT8(from, From, number) CAST(from##_uint8, From, uint8_t, static_cast<uint8_t>(number))
#define CAST_TO_INT8(from, From, number) CAST(from##_int8, From, int8_t, static_cast<int8_t>(number))
#define CAST_TO_INT32(from, From, number) CAST(from##_int32, From, int32_t, static_cast<int32_t>(number))
#define CAST_TO_INT64(from, From, number) CAST(from##_int64, From, int64_t, static_cast<int64_t>(number))
#define CAST_TO_FP32(from, From, number) CAST(from##_fp32, From, float, static_cast<float>(number))

CAST_TO_UINT8(bool, uint8_t, x & 1)
CAST_TO_INT8(bool, uint8_t, x & 1)
CAST_TO_INT32(bool, uint8_t, x & 1)
CAST_TO_INT64(bool, uint8_t, x & 1)
CAST_TO_FP32(bool, uint8_t, x & 1)

CAST_TO_BOOL(uint8, uint8_t)
CAST_TO_INT8(uint8, uint8_t, x)
CAST_TO_INT32(uint8, uint8_t, x)
CAST_TO_INT64(uint8, uint8_t, x)
CAST_TO_FP32(uint8, uint8_t, x)

CAST_TO_BOOL(int8, int8_t)
CAST_TO_UINT8(int8, int8_t, x)
CAST_TO_INT32(int8, int8_t, x)
CAST_TO_INT64(int8, int8_t, x)
CAST_TO_FP32(int8, int8_t, x)

CAST_TO_BOOL(int32, int32_t)
CAST_TO_UINT8(int32, int32_t, x)
CAST_TO_INT8(int32, int32_t, x)
CAST_TO_INT64(int32, int32_t, x)
CAST_TO_FP32(int32, int32_t, x)

CAST_TO_BOOL(int64, int64_t)
CAST_TO_UINT8(int64, int64_t, x)
CAST_TO_INT8(int64, int64_t, x)
CAST_TO_INT32(int64, int64_t, x)
CAST_TO_FP32(int64, int64_t, x)

CAST_TO_BOOL(fp32, float)
CAST_TO_UINT8(fp32, float, whole(x))
CAST_TO_INT8(fp32, float, whole(x))
CAST_TO_INT32(fp32, float, whole(x))
CAST_TO_INT64(fp32, float, whole(x))
