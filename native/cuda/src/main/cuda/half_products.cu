// Products of FP16 and BF16 for cards without the kernels of compute_80, and for operands that do not lie as these want them.
//
// Oracle: ScalarMatMul. See product.cuh for the tiles and gemm.cu for slices, whose length is the same here and in the
// kernels with tensor cores: those of compute_80 and of compute_90a leave the last step, half_join, to this file.
#include "half_products.cuh"
#include "product.cuh"

template <typename Format, bool SLICED, typename Store>
INLINE void half_product(const HalfProductArgs& g, Tile<64>& tile, int item, Span span, Store store) {
    const uint16_t* left;
    const uint16_t* right;
    starts(g, item, &left, &right);
    product<64, SLICED>(
        tile, blockIdx.x * 64, blockIdx.y * 64, g.m, g.n, span.from, span.to, g.slice, g.aColumn == 1, g.bColumn != 1,
        [&](int row, int k) { return Format::widen(left[row * g.aRow + k * g.aColumn]); },
        [&](int k, int column) { return Format::widen(right[k * g.bRow + column * g.bColumn]); }, store);
}

template <typename Format, bool SLICED>
INLINE void half_product(const HalfProductArgs& g, Tile<64>& tile) {
    int item = g.first + blockIdx.z;
    half_product<Format, SLICED>(g, tile, item, all_of(g), [&](int row, int column, float sum) {
        finish<Format>(g, item, row, column, sum);
    });
}

template <typename Format>
INLINE void half_parts(const HalfProductArgs& g, Tile<64>& tile) {
    int item = blockIdx.z / g.slices;
    int part = blockIdx.z % g.slices;
    float* found = part_of(g, part, item);
    half_product<Format, false>(g, tile, item, slice_of(g, part), [&](int row, int column, float sum) {
        found[row * g.n + column] = sum;
    });
}

template <typename Format>
INLINE void half_join(const HalfProductArgs& g) {
    int area = g.m * g.n;
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= g.batch * area) {
        return;
    }
    float total = 0;
    for (int part = 0; part < g.slices; part++) {
        total += g.parts[static_cast<size_t>(part) * g.batch * area + at];
    }
    finish<Format>(g, at / area, at % area / g.n, at % g.n, total);
}

// K in one chain. Grid: rows / 64, columns / 64, batch; block: 256.
KERNEL(gemm_fp16, HalfProductArgs) {
    __shared__ Tile<64> tile;
    half_product<Fp16, false>(a, tile);
}

KERNEL(gemm_bf16, HalfProductArgs) {
    __shared__ Tile<64> tile;
    half_product<Bf16, false>(a, tile);
}

// K in slices, one after the other in a block. Grid and block as above.
KERNEL(gemm_fp16_sliced, HalfProductArgs) {
    __shared__ Tile<64> tile;
    half_product<Fp16, true>(a, tile);
}

KERNEL(gemm_bf16_sliced, HalfProductArgs) {
    __shared__ Tile<64> tile;
    half_product<Bf16, true>(a, tile);
}

// The sums of slices, in blocks beside each other. Grid: rows / 64, columns / 64, batch * slices; block: 256.
KERNEL(gemm_fp16_parts, HalfProductArgs) {
    __shared__ Tile<64> tile;
    half_parts<Fp16>(a, tile);
}

KERNEL(gemm_bf16_parts, HalfProductArgs) {
    __shared__ Tile<64> tile;
    half_parts<Bf16>(a, tile);
}

// Adds these, whichever kernels found them. Grid: elements of all products / block.
KERNEL(half_join_fp16, HalfProductArgs) { half_join<Fp16>(a); }

KERNEL(half_join_bf16, HalfProductArgs) { half_join<Bf16>(a); }
