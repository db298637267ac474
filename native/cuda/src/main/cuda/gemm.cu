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

// k0, k: the part of K that is added; slice: where SLICED, the length of its slices.
template <int SIDE, bool SLICED, typename Store>
INLINE void gemm(const GemmArgs& g, Tile<SIDE>& tile, int item, int k0, int k, int slice, Store store) {
    const float* left;
    const float* right;
    starts(g, item, &left, &right);
    product<SIDE, SLICED>(
        tile, blockIdx.x * SIDE, blockIdx.y * SIDE, g.m, g.n, k0, k, slice, g.aColumn == 1, g.bColumn != 1,
        [&](int row, int k) { return left[row * g.aRow + k * g.aColumn]; },
        [&](int k, int column) { return right[k * g.bRow + column * g.bColumn]; }, store);
}

template <int SIDE, bool SLICED>
INLINE void gemm(const GemmArgs& g, Tile<SIDE>& tile, int slice) {
    int item = g.first + blockIdx.z;
    gemm<SIDE, SLICED>(g, tile, item, 0, g.k, slice, [&](int row, int column, float sum) {
        finish(g, item, row, column, sum);
    });
}

// Grid: rows / side, columns / side, batch; block: 256. Rows come first, of which a grid takes most: they count tokens and
// pixels, columns only what a model's weights have.
KERNEL(gemm_64, GemmArgs) {
    __shared__ Tile<64> tile;
    gemm<64, false>(a, tile, 0);
}

KERNEL(gemm_128, GemmArgs) {
    __shared__ Tile<128> tile;
    gemm<128, false>(a, tile, 0);
}

// Products with few rows and columns, but a long K, would leave most of a card idle. Their K is cut into slices, by N and K
// alone, which are added by themselves and then in ascending order. Few rows are computed by gemm_parts and gemm_join:
// blocks beside each other for the slices, then a thread an element that adds what they found. Many rows keep a card busy
// anyway, and need no memory for parts, in gemm_64_sliced and gemm_128_sliced. All give the same bits.

// Grid and block as above.
KERNEL(gemm_64_sliced, SlicedGemmArgs) {
    __shared__ Tile<64> tile;
    gemm<64, true>(a.gemm, tile, a.slice);
}

KERNEL(gemm_128_sliced, SlicedGemmArgs) {
    __shared__ Tile<128> tile;
    gemm<128, true>(a.gemm, tile, a.slice);
}

// Grid: rows / 64, columns / 64, batch * slices; block: 256.
KERNEL(gemm_parts, SlicedGemmArgs) {
    __shared__ Tile<64> tile;
    int item = blockIdx.z / a.slices;
    int part = blockIdx.z % a.slices;
    int from = part * a.slice;
    int to = from + a.slice < a.gemm.k ? from + a.slice : a.gemm.k;
    float* found = a.parts + (static_cast<size_t>(part) * a.batch + item) * a.gemm.m * a.gemm.n;
    gemm<64, false>(a.gemm, tile, item, from, to, 0, [&](int row, int column, float sum) {
        found[row * a.gemm.n + column] = sum;
    });
}

// Grid: elements of all products / block.
KERNEL(gemm_join, SlicedGemmArgs) {
    int area = a.gemm.m * a.gemm.n;
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.batch * area) {
        return;
    }
    float total = 0;
    for (int part = 0; part < a.slices; part++) {
        total += a.parts[static_cast<size_t>(part) * a.batch * area + at];
    }
    finish(a.gemm, at / area, at % area / a.gemm.n, at % a.gemm.n, total);
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
