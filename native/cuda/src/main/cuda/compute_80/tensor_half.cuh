// What the kernels with tensor cores for FP16 and BF16 share: the instructions of each, and the tile of tensor.cuh with them.
#pragma once

#include "../formats.cuh"
#include "tensor.cuh"

struct Fp16Fragments : Fp16 {
    static INLINE void multiply(float* c, const uint32_t* a, const uint32_t* b) { mma_fp16(c, a, b); }
};

struct Bf16Fragments : Bf16 {
    static INLINE void multiply(float* c, const uint32_t* a, const uint32_t* b) { mma_bf16(c, a, b); }
};

// source, store, slice: those of tensor_product.
template <typename Format, bool SLICED, typename Source, typename Store>
INLINE void half_tile(Stages<uint16_t>& stages, const Source& source, int slice, Store store) {
    tensor_product<uint16_t, float, SLICED>(
        stages, source, [](float* c, const uint32_t* x, const uint32_t* y) { Format::multiply(c, x, y); },
        [](uint32_t word) { return word; }, store, slice);
}
