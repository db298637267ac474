// What every kernel of this folder is written with. nvcc and, for tests without a GPU, g++ with the emulator's shim
// header compile the same sources.
//
// Conventions:
//  - A kernel takes one block of arguments by value; dev.nereid.cuda.driver writes it field by field, in order,
//    so that a field of 8 bytes must lie at a multiple of 8.
//  - Sizes and strides are in elements. Tensors are dense and row-major unless an argument says otherwise, start at a
//    multiple of 16 bytes, and have less than 2^31 elements.
//  - The order of additions of one output element depends on its row's length alone, in products on N too, never on the
//    grid.
//  - The oracle of each kernel is the scalar kernel of the same job in dev.nereid.kernels.scalar.
#pragma once

#ifdef NEREID_EMULATED
#include "emulated.h"
#else
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <cstring>
#define INLINE __device__ __forceinline__
#define KERNEL(name, Args) extern "C" __global__ void name(const __grid_constant__ Args a)
// One whose blocks have so many threads, and whose registers let a multiprocessor have so many blocks.
#define BOUNDED_KERNEL(name, Args, threads, blocks) \
    extern "C" __global__ void __launch_bounds__(threads, blocks) name(const __grid_constant__ Args a)
#endif

constexpr int MOST_DIMS = 6;
constexpr int WARP = 32;

// A function that products and convolutions apply to what they have summed up; the numbers are those that
// dev.nereid.cuda.driver.Launcher writes.
enum Activation : int {
    NO_ACTIVATION = 0,
    RELU = 1,
    CLIP = 2,
    LEAKY_RELU = 3,
    SIGMOID = 4,
    TANH = 5,
    GELU = 6,
    HARD_SWISH = 7,
    SWISH = 8
};

INLINE float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

// What tends to 0 from below does so at minus infinity too.
INLINE float gelu(float x) { return x == -INFINITY ? -0.0f : 0.5f * x * (1.0f + erff(x * 0.70710678f)); }

INLINE float gelu_tanh(float x) {
    return x == -INFINITY ? -0.0f : 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x)));
}

// NaN where one of them is, as ONNX wants it; fmaxf would drop it.
INLINE float larger(float x, float y) { return x != x ? x : y != y ? y : x > y ? x : y; }

INLINE float smaller(float x, float y) { return x != x ? x : y != y ? y : x < y ? x : y; }

INLINE float activate(int activation, float x, float alpha, float beta) {
    switch (activation) {
        case RELU: return x < 0 ? 0 : x;
        case CLIP: return smaller(larger(x, alpha), beta);
        case LEAKY_RELU: return x < 0 ? alpha * x : x;
        case SIGMOID: return sigmoid(x);
        case TANH: return tanhf(x);
        case GELU: return gelu(x);
        case SWISH: return x / (1.0f + expf(-x));
        case HARD_SWISH: return x * smaller(larger(x / 6.0f + 0.5f, 0.0f), 1.0f);
        default: return x;
    }
}

// The sum over all threads of a block of WARPS warps, in every thread. A butterfly in each warp, then the warps'
// sums in ascending order: always the same order.
template <int WARPS>
INLINE float block_sum(float value, float* shared) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    }
    __syncthreads();
    if (threadIdx.x % WARP == 0) {
        shared[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    float sum = shared[0];
    for (int warp = 1; warp < WARPS; warp++) {
        sum += shared[warp];
    }
    return sum;
}

// The largest value of all threads of a block of WARPS warps, in every thread; NaN where one of them is.
template <int WARPS>
INLINE float block_max(float value, float* shared) {
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        value = larger(value, __shfl_xor_sync(0xffffffffu, value, distance));
    }
    __syncthreads();
    if (threadIdx.x % WARP == 0) {
        shared[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    float most = shared[0];
    for (int warp = 1; warp < WARPS; warp++) {
        most = larger(most, shared[warp]);
    }
    return most;
}
