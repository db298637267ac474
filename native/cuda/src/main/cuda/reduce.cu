// Reductions, softmax and normalisations of FP32.
//
// Rows that are dense get a block each: every thread takes every 256th element, then the block puts its threads'
// results together. Where other axes lie further in, a thread takes a column and neighbours read side by side. Oracles:
// ScalarReduce and the loops behind it.
#include "nereid.cuh"

constexpr int ROW_THREADS = 256;
constexpr int ROW_WARPS = ROW_THREADS / WARP;

struct ReduceArgs {
    const float* x;  // [outer, reduced, inner]
    float* y;        // [outer, inner]
    int outer;
    int reduced;
    int inner;
};

struct Sum {
    static INLINE float start() { return 0; }
    static INLINE float add(float total, float x) { return total + x; }
    static INLINE float join(float value, float* shared) { return block_sum<ROW_WARPS>(value, shared); }
};

struct Maximum {
    static INLINE float start() { return -INFINITY; }
    static INLINE float add(float total, float x) { return larger(total, x); }
    static INLINE float join(float value, float* shared) { return block_max<ROW_WARPS>(value, shared); }
};

struct Minimum {
    static INLINE float start() { return INFINITY; }
    static INLINE float add(float total, float x) { return smaller(total, x); }
    static INLINE float join(float value, float* shared) { return -block_max<ROW_WARPS>(-value, shared); }
};

// NAME_rows: inner is 1; grid: outer, block: 256. NAME_columns: grid: outer * inner / block.
// term: what an element x contributes; result: what is made of the total.
#define REDUCE(name, Operation, term, result)                                          \
    KERNEL(reduce_##name##_fp32_rows, ReduceArgs) {                                    \
        __shared__ float shared[ROW_WARPS];                                            \
        const float* row = a.x + static_cast<size_t>(blockIdx.x) * a.reduced;          \
        float total = Operation::start();                                              \
        for (int i = threadIdx.x; i < a.reduced; i += ROW_THREADS) {                   \
            float x = row[i];                                                          \
            total = Operation::add(total, term);                                       \
        }                                                                              \
        total = Operation::join(total, shared);                                        \
        if (threadIdx.x == 0) {                                                        \
            a.y[blockIdx.x] = result;                                                  \
        }                                                                              \
    }                                                                                  \
    KERNEL(reduce_##name##_fp32_columns, ReduceArgs) {                                 \
        int at = blockIdx.x * blockDim.x + threadIdx.x;                                \
        if (at >= a.outer * a.inner) {                                                 \
            return;                                                                    \
        }                                                                              \
        const float* column = a.x + static_cast<size_t>(at / a.inner) * a.reduced * a.inner + at % a.inner; \
        float total = Operation::start();                                              \
        for (int i = 0; i < a.reduced; i++) {                                          \
            float x = column[static_cast<size_t>(i) * a.inner];                        \
            total = Operation::add(total, term);                                       \
        }                                                                              \
        a.y[at] = result;                                                              \
    }

// The rows of dev.nereid.kernels.reduce.ReduceOp that one pass computes.
REDUCE(sum, Sum, x, total)
REDUCE(mean, Sum, x, total / static_cast<float>(a.reduced))
REDUCE(max, Maximum, x, total)
REDUCE(min, Minimum, x, total)
REDUCE(sum_square, Sum, x * x, total)
REDUCE(l1, Sum, fabsf(x), total)
REDUCE(l2, Sum, x * x, sqrtf(total))
REDUCE(log_sum, Sum, x, logf(total))

struct SoftmaxArgs {
    const float* x;  // [outer, extent, inner]
    float* y;
    int outer;
    int extent;
    int inner;
    int logarithm;  // whether y is the logarithm of the softmax
};

// exp(x - greatest) / sum of these, along the middle axis. y may be x. Dense rows: grid: outer, block: 256.
KERNEL(softmax_rows, SoftmaxArgs) {
    __shared__ float shared[ROW_WARPS];
    const float* x = a.x + static_cast<size_t>(blockIdx.x) * a.extent;
    float* y = a.y + static_cast<size_t>(blockIdx.x) * a.extent;
    float most = -INFINITY;
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        most = larger(most, x[i]);
    }
    most = block_max<ROW_WARPS>(most, shared);
    float sum = 0;
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        sum += expf(x[i] - most);
    }
    sum = block_sum<ROW_WARPS>(sum, shared);
    float logarithm = logf(sum);
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        y[i] = a.logarithm ? x[i] - most - logarithm : expf(x[i] - most) / sum;
    }
}

// The same where the axis is not the innermost. Grid: outer * inner / block.
KERNEL(softmax_columns, SoftmaxArgs) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.outer * a.inner) {
        return;
    }
    size_t start = static_cast<size_t>(at / a.inner) * a.extent * a.inner + at % a.inner;
    const float* x = a.x + start;
    float* y = a.y + start;
    float most = -INFINITY;
    for (int i = 0; i < a.extent; i++) {
        most = larger(most, x[static_cast<size_t>(i) * a.inner]);
    }
    float sum = 0;
    for (int i = 0; i < a.extent; i++) {
        sum += expf(x[static_cast<size_t>(i) * a.inner] - most);
    }
    float logarithm = logf(sum);
    for (int i = 0; i < a.extent; i++) {
        float shifted = x[static_cast<size_t>(i) * a.inner] - most;
        y[static_cast<size_t>(i) * a.inner] = a.logarithm ? shifted - logarithm : expf(shifted) / sum;
    }
}

struct NormArgs {
    const float* x;  // [rows, extent]
    const float* scale;  // null for 1
    const float* bias;   // null for 0
    float* y;
    int extent;
    float epsilon;
    // Element i of row r is scaled by scale[r % channels * channelStride + i * elementStride].
    int channels;
    int channelStride;
    int elementStride;
};

INLINE float scaled(const NormArgs& n, int i, float value) {
    int at = static_cast<int>(blockIdx.x) % n.channels * n.channelStride + i * n.elementStride;
    if (n.scale != nullptr) {
        value *= n.scale[at];
    }
    return n.bias != nullptr ? value + n.bias[at] : value;
}

// (x - mean) / sqrt(variance + epsilon) of a row, in two passes. y may be x. Grid: rows, block: 256.
KERNEL(norm_mean_variance, NormArgs) {
    __shared__ float shared[ROW_WARPS];
    const float* x = a.x + static_cast<size_t>(blockIdx.x) * a.extent;
    float* y = a.y + static_cast<size_t>(blockIdx.x) * a.extent;
    float sum = 0;
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        sum += x[i];
    }
    float mean = block_sum<ROW_WARPS>(sum, shared) / static_cast<float>(a.extent);
    float squares = 0;
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        float away = x[i] - mean;
        squares += away * away;
    }
    float variance = block_sum<ROW_WARPS>(squares, shared) / static_cast<float>(a.extent);
    float factor = 1.0f / sqrtf(variance + a.epsilon);
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        y[i] = scaled(a, i, (x[i] - mean) * factor);
    }
}

// x / sqrt(mean of squares + epsilon) of a row. y may be x. Grid: rows, block: 256.
KERNEL(norm_mean_square, NormArgs) {
    __shared__ float shared[ROW_WARPS];
    const float* x = a.x + static_cast<size_t>(blockIdx.x) * a.extent;
    float* y = a.y + static_cast<size_t>(blockIdx.x) * a.extent;
    float squares = 0;
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        squares += x[i] * x[i];
    }
    float mean = block_sum<ROW_WARPS>(squares, shared) / static_cast<float>(a.extent);
    float factor = 1.0f / sqrtf(mean + a.epsilon);
    for (int i = threadIdx.x; i < a.extent; i += ROW_THREADS) {
        y[i] = scaled(a, i, x[i] * factor);
    }
}
