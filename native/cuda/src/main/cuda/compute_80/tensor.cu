// Products by tensor cores of FP32 rounded to TF32 and of quantised numbers: see tensor.cuh.
//
// Oracles: gemm_tf32 in gemm.cu, and integer_product in quantized.cu.
#include "tensor.cuh"

// k0, k: the part of K that is added.
INLINE Operands<uint32_t> tf32_operands(const GemmArgs& g, int item, int k0, int k) {
    const float* left;
    const float* right;
    starts(g, item, &left, &right);
    return {reinterpret_cast<const uint32_t*>(left) + k0,
            reinterpret_cast<const uint32_t*>(right) + static_cast<size_t>(k0) * g.bRow, g.aRow, g.bRow, g.m, g.n, k};
}

template <bool SLICED, typename Store>
INLINE void tf32_product(Stages<uint32_t>& stages, const Operands<uint32_t>& operands, Store store, int slice = 0) {
    tensor_product<uint32_t, float, SLICED>(
        stages, operands, [](float* c, const uint32_t* x, const uint32_t* y) { mma_tf32(c, x, y); },
        [](uint32_t word) { return bits_of(to_tf32(of_bits(word))); }, store, slice);
}

// c = activation(alpha * a * b + beta * addend) + residual of FP32 whose operands are rounded to TF32; aColumn and bColumn
// are 1. Grid of all: rows / 128, columns / 128, batch; block: 256.
BOUNDED_KERNEL(tensor_tf32, GemmArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint32_t> stages;
    int item = a.first + blockIdx.z;
    tf32_product<false>(stages, tf32_operands(a, item, 0, a.k), [&](int row, int column, float sum) {
        finish(a, item, row, column, sum);
    });
}

// The same with K in slices, one after the other in a block, for products of many rows: gemm.cu says why.
KERNEL(tensor_tf32_sliced, SlicedGemmArgs) {
    __shared__ Stages<uint32_t> stages;
    int item = a.gemm.first + blockIdx.z;
    tf32_product<true>(
        stages, tf32_operands(a.gemm, item, 0, a.gemm.k),
        [&](int row, int column, float sum) { finish(a.gemm, item, row, column, sum); }, a.slice);
}

// The sums of slices in blocks beside each other, for few rows; gemm_join adds them. Grid: rows / 128, columns / 128,
// batch * slices.
BOUNDED_KERNEL(tensor_tf32_parts, SlicedGemmArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint32_t> stages;
    int item = blockIdx.z / a.slices;
    int part = blockIdx.z % a.slices;
    int from = part * a.slice;
    int depth = a.slice < a.gemm.k - from ? a.slice : a.gemm.k - from;
    float* found = a.parts + (static_cast<size_t>(part) * a.batch + item) * a.gemm.m * a.gemm.n;
    tf32_product<false>(stages, tf32_operands(a.gemm, item, from, depth), [&](int row, int column, float sum) {
        found[row * a.gemm.n + column] = sum;
    });
}

struct ByteProductArgs {
    const uint8_t* a;       // [m, k], unsigned
    const uint8_t* b;       // [k, n], signed, as bits
    const uint8_t* aZero;   // one; null for 0
    const int* bSums;       // the sums of b's columns
    float* c;               // [m, n]
    const float* aScale;    // one
    const float* bScales;   // one, or one a column
    const float* bias;      // one a column; null for none
    int* parts;             // [slices, m, n]: the sums of slices, where these are added beside each other
    int m;
    int n;
    int k;
    int bScaleStride;  // 0 for one, 1 for one a column
    int slice;         // the length of each but the last, a multiple of 64
    int slices;
};

// What becomes of a sum of a * b.
INLINE void finish(const ByteProductArgs& p, int row, int column, int sum) {
    int zero = p.aZero != nullptr ? *p.aZero : 0;
    float scaled =
        static_cast<float>(sum - zero * p.bSums[column]) * (*p.aScale * p.bScales[column * p.bScaleStride]);
    p.c[row * p.n + column] = p.bias != nullptr ? scaled + p.bias[column] : scaled;
}

template <typename Store>
INLINE void byte_product(Stages<uint8_t>& stages, const ByteProductArgs& p, int from, int to, Store store) {
    Operands<uint8_t> operands = {p.a + from, p.b + static_cast<size_t>(from) * p.n, p.k, p.n, p.m, p.n, to - from};
    tensor_product<uint8_t, int>(
        stages, operands, [](int* c, const uint32_t* x, const uint32_t* y) { mma_u8s8(c, x, y); },
        [](uint32_t word) { return word; }, store);
}

// c = (a - a's zero) * b * a's scale * b's scale + bias: exact sums, as integer_product_scaled has them.
BOUNDED_KERNEL(tensor_u8s8, ByteProductArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint8_t> stages;
    byte_product(stages, a, 0, a.k, [&](int row, int column, int sum) { finish(a, row, column, sum); });
}

// The sums of slices in blocks beside each other, for few rows. They are exact, so many rows need none in turn.
// Grid: rows / 128, columns / 128, slices.
BOUNDED_KERNEL(tensor_u8s8_parts, ByteProductArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint8_t> stages;
    int from = blockIdx.z * a.slice;
    int to = from + a.slice < a.k ? from + a.slice : a.k;
    int* found = a.parts + static_cast<size_t>(blockIdx.z) * a.m * a.n;
    byte_product(stages, a, from, to, [&](int row, int column, int sum) { found[row * a.n + column] = sum; });
}

// Adds these. Grid: elements of c / block.
KERNEL(tensor_u8s8_join, ByteProductArgs) {
    int area = a.m * a.n;
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= area) {
        return;
    }
    unsigned total = 0;
    for (int part = 0; part < a.slices; part++) {
        total += static_cast<unsigned>(a.parts[static_cast<size_t>(part) * area + at]);
    }
    finish(a, at / a.n, at % a.n, static_cast<int>(total));
}

struct ColumnSumsArgs {
    const int8_t* b;  // [k, n]
    int* sums;        // [n]
    int k;
    int n;
};

// Grid: n / block.
KERNEL(column_sums, ColumnSumsArgs) {
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= a.n) {
        return;
    }
    int sum = 0;
    for (int k = 0; k < a.k; k++) {
        sum += a.b[static_cast<size_t>(k) * a.n + column];
    }
    a.sums[column] = sum;
}
