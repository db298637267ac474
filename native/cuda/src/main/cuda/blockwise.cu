// Products with weights of four or eight bits in blocks: c = activation(alpha * a * transposed(w) + beta * addend) + residual, where
// w[column, k] = (number - zero point) * scale of the block that k lies in.
//
// Oracle: the operator MatMulNBits of dev.nereid.models.operators.contrib. Weights become FP32 on their way into the tiles of
// product.cuh, so that only their bits come from memory. K is cut as in gemm.cu, whose gemm_join adds the parts up.
#include "gemm.cuh"
#include "product.cuh"

struct BlockwiseArgs {
    SlicedGemmArgs sliced;      // whose gemm has no b
    const uint8_t* numbers;     // [n, blocks, block * bits / 8], packed from the low bits of a byte upward
    const float* scales;        // [n, blocks]
    const uint8_t* zeroPoints;  // [n, zeroBytes], packed likewise; null where each is half of the range
    int blockShift;             // a block has 2 to that power numbers
    int blocks;                 // of a column
    int zeroBytes;              // of a column
    int unused;
};

// Number i of those that begin at a byte.
template <int BITS>
INLINE int number_at(const uint8_t* first, int i) {
    return BITS == 8 ? first[i] : first[i / 2] >> i % 2 * 4 & 15;
}

template <int BITS>
INLINE float weight(const BlockwiseArgs& b, int k, int column) {
    int block = k >> b.blockShift;
    size_t place = static_cast<size_t>(column) * b.blocks + block;
    const uint8_t* numbers = b.numbers + (place << b.blockShift) * BITS / 8;
    int zero = b.zeroPoints != nullptr
        ? number_at<BITS>(b.zeroPoints + static_cast<size_t>(column) * b.zeroBytes, block)
        : 1 << (BITS - 1);
    int number = number_at<BITS>(numbers, k - (block << b.blockShift));
    return static_cast<float>(number - zero) * b.scales[place];
}

// k0, k: the part of K that is added.
template <int BITS, int SIDE, bool SLICED, typename Store>
INLINE void blockwise(const BlockwiseArgs& b, Tile<SIDE>& tile, int k0, int k, Store store) {
    const GemmArgs& g = b.sliced.gemm;
    product<SIDE, SLICED>(
        tile, blockIdx.x * SIDE, blockIdx.y * SIDE, g.m, g.n, k0, k, b.sliced.slice, true, true,
        [&](int row, int k) { return g.a[row * g.aRow + k]; },
        [&](int k, int column) { return weight<BITS>(b, k, column); }, store);
}

template <int BITS, int SIDE>
INLINE void blockwise(const BlockwiseArgs& b, Tile<SIDE>& tile) {
    blockwise<BITS, SIDE, true>(b, tile, 0, b.sliced.gemm.k, [&](int row, int column, float sum) {
        finish(b.sliced.gemm, 0, row, column, sum);
    });
}

template <int BITS>
INLINE void blockwise_parts(const BlockwiseArgs& b, Tile<64>& tile) {
    const GemmArgs& g = b.sliced.gemm;
    int from = blockIdx.z * b.sliced.slice;
    int to = from + b.sliced.slice < g.k ? from + b.sliced.slice : g.k;
    float* found = b.sliced.parts + static_cast<size_t>(blockIdx.z) * g.m * g.n;
    blockwise<BITS, 64, false>(b, tile, from, to, [&](int row, int column, float sum) {
        found[row * g.n + column] = sum;
    });
}

// Named by the bits of a number and the side of a tile: slices one after the other. Grid: rows / side, columns / side; block: 256.
KERNEL(blockwise_4_64, BlockwiseArgs) {
    __shared__ Tile<64> tile;
    blockwise<4>(a, tile);
}

KERNEL(blockwise_4_128, BlockwiseArgs) {
    __shared__ Tile<128> tile;
    blockwise<4>(a, tile);
}

KERNEL(blockwise_8_64, BlockwiseArgs) {
    __shared__ Tile<64> tile;
    blockwise<8>(a, tile);
}

KERNEL(blockwise_8_128, BlockwiseArgs) {
    __shared__ Tile<128> tile;
    blockwise<8>(a, tile);
}

// Slices beside each other. Grid: rows / 64, columns / 64, slices; block: 256.
KERNEL(blockwise_4_parts, BlockwiseArgs) {
    __shared__ Tile<64> tile;
    blockwise_parts<4>(a, tile);
}

KERNEL(blockwise_8_parts, BlockwiseArgs) {
    __shared__ Tile<64> tile;
    blockwise_parts<8>(a, tile);
}
