// Products by tensor cores of FP16 and BF16: see tensor.cuh, and half_products.cuh for what becomes of sums.
//
// Oracles: the kernels of half_products.cu, whose half_join_fp16 and half_join_bf16 add what is in parts here. aColumn and
// bColumn are 1. Grid: rows / 128, columns / 128, batch; block: 256.
#include "../half_products.cuh"
#include "tensor_half.cuh"

template <typename Format, bool SLICED>
INLINE void half_product(const HalfProductArgs& g, Stages<uint16_t>& stages) {
    int item = g.first + blockIdx.z;
    half_tile<Format, SLICED>(stages, operands_of(g, item, all_of(g)), g.slice, [&](int row, int column, float sum) {
        finish<Format>(g, item, row, column, sum);
    });
}

template <typename Format>
INLINE void half_parts(const HalfProductArgs& g, Stages<uint16_t>& stages) {
    int item = blockIdx.z / g.slices;
    int part = blockIdx.z % g.slices;
    float* found = part_of(g, part, item);
    half_tile<Format, false>(
        stages, operands_of(g, item, slice_of(g, part)), g.slice,
        [&](int row, int column, float sum) { found[row * g.n + column] = sum; });
}

// K in one chain.
BOUNDED_KERNEL(tensor_fp16, HalfProductArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    half_product<Fp16Fragments, false>(a, stages);
}

BOUNDED_KERNEL(tensor_bf16, HalfProductArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    half_product<Bf16Fragments, false>(a, stages);
}

// K in slices, one after the other in a block, for products of many rows: gemm.cu says why.
KERNEL(tensor_fp16_sliced, HalfProductArgs) {
    __shared__ Stages<uint16_t> stages;
    half_product<Fp16Fragments, true>(a, stages);
}

KERNEL(tensor_bf16_sliced, HalfProductArgs) {
    __shared__ Stages<uint16_t> stages;
    half_product<Bf16Fragments, true>(a, stages);
}

// The sums of slices in blocks beside each other, for few rows. The grid's batch has a place for each slice.
BOUNDED_KERNEL(tensor_fp16_parts, HalfProductArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    half_parts<Fp16Fragments>(a, stages);
}

BOUNDED_KERNEL(tensor_bf16_parts, HalfProductArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    half_parts<Bf16Fragments>(a, stages);
}
