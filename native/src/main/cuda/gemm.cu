// Products of matrices of FP32, many at a time: c = activation(alpha * a * b + beta * addend) + residual.
//
// Oracle: ScalarMatMul. See product.cuh for the way from simple to fast; gemm_simple is the first step, kept to compare.
#include "gemm.cuh"
#include "product.cuh"

// A thread an element. Grid: columns / 32, rows / 8, batch; block: 32 x 8.
KERNEL(gemm_simple, GemmArgs) {
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= a.m || column >= a.n) {
        return;
    }
    const float* left;
    const float* right;
    starts(a, a.first + blockIdx.z, &left, &right);
    float sum = 0;
    for (int k = 0; k < a.k; k++) {
        sum += left[row * a.aRow + k * a.aColumn] * right[k * a.bRow + column * a.bColumn];
    }
    finish(a, a.first + blockIdx.z, row, column, sum);
}

template <int SIDE>
INLINE void gemm(const GemmArgs& g, Tile<SIDE>& tile) {
    const float* left;
    const float* right;
    int item = g.first + blockIdx.z;
    starts(g, item, &left, &right);
    product<SIDE>(
        tile, blockIdx.x * SIDE, blockIdx.y * SIDE, g.m, g.n, g.k, g.aColumn == 1, g.bColumn != 1,
        [&](int row, int k) { return left[row * g.aRow + k * g.aColumn]; },
        [&](int k, int column) { return right[k * g.bRow + column * g.bColumn]; },
        [&](int row, int column, float sum) { finish(g, item, row, column, sum); });
}

// Grid: rows / side, columns / side, batch; block: 256. Rows come first, of which a grid takes most: they count tokens and
// pixels, columns only what a model's weights have.
KERNEL(gemm_64, GemmArgs) {
    __shared__ Tile<64> tile;
    gemm<64>(a, tile);
}

KERNEL(gemm_128, GemmArgs) {
    __shared__ Tile<128> tile;
    gemm<128>(a, tile);
}

// The same of operands rounded to TF32: what compute_80/tensor.cu computes with tensor cores, for cards and strides that
// these do not take.
KERNEL(gemm_tf32, GemmArgs) {
    __shared__ Tile<64> tile;
    const float* left;
    const float* right;
    int item = a.first + blockIdx.z;
    starts(a, item, &left, &right);
    product<64>(
        tile, blockIdx.x * 64, blockIdx.y * 64, a.m, a.n, a.k, a.aColumn == 1, a.bColumn != 1,
        [&](int row, int k) { return to_tf32(left[row * a.aRow + k * a.aColumn]); },
        [&](int k, int column) { return to_tf32(right[k * a.bRow + column * a.bColumn]); },
        [&](int row, int column, float sum) { finish(a, item, row, column, sum); });
}

// c = a * b of FP16, with sums of FP32; for cards without the kernels of compute_80, and sizes that these do not take.
// Grid: rows / 64, columns / 64; block: 256.
KERNEL(gemm_fp16, HalfProductArgs) {
    __shared__ Tile<64> tile;
    product<64>(
        tile, blockIdx.x * 64, blockIdx.y * 64, a.m, a.n, a.k, true, false,
        [&](int row, int k) { return from_fp16(a.a[row * a.k + k]); },
        [&](int k, int column) { return from_fp16(a.b[k * a.n + column]); },
        [&](int row, int column, float sum) { a.c[row * a.n + column] = to_fp16(sum); });
}

// The same of BF16.
KERNEL(gemm_bf16, HalfProductArgs) {
    __shared__ Tile<64> tile;
    product<64>(
        tile, blockIdx.x * 64, blockIdx.y * 64, a.m, a.n, a.k, true, false,
        [&](int row, int k) { return from_bf16(a.a[row * a.k + k]); },
        [&](int k, int column) { return from_bf16(a.b[k * a.n + column]); },
        [&](int row, int column, float sum) { a.c[row * a.n + column] = to_bf16(sum); });
}
