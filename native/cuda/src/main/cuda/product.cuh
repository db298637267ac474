// The tiles that matrix products and convolutions share.
//
// c[m, n] = sum over k of a[m, k] * b[k, n], k ascending in one chain, whatever the tile: so the result of an element
// depends on its row, its column and K alone. Where K is long there may be a chain for each slice of it, and these are
// added in ascending order: the slices' length is part of what an element depends on.
//
// From simple to fast:
//  1. a thread an element, reading a and b from memory: the scalar oracle, in CUDA (gemm_simple in gemm.cu);
//  2. a block computes a tile of c from tiles of a and b in shared memory;
//  3. a thread computes 4 x 4 or 8 x 8 elements in registers, in squares of 4, so that shared memory is read four
//     floats at a time and without conflicts;
//  4. two buffers: the next tiles are on their way from memory while the present ones are multiplied; one barrier a
//     tile.
// What is below is 4, for both tile sizes.
#pragma once

#include "nereid.cuh"

constexpr int PRODUCT_THREADS = 256;
constexpr int STAGED_PITCH = 65;

// SIDE: rows and columns of c that a block of 256 threads computes, 64 or 128.
template <int SIDE>
struct alignas(16) Tile {
    static constexpr int DEPTH = 1024 / SIDE;              // so that a thread loads four elements of a and four of b
    static constexpr int LOADS = SIDE * DEPTH / PRODUCT_THREADS;
    static constexpr int SQUARES = SIDE / 64;              // squares of 4 x 4 elements of a thread, along each side
    static constexpr int PITCH = SIDE + 4;

    float a[2][DEPTH][PITCH];
    float b[2][DEPTH][PITCH];
    static_assert(sizeof(float) * 4 * DEPTH * PITCH >= sizeof(float) * 64 * STAGED_PITCH, "results are staged here");
};

// loadA(row, k) and loadB(k, column) give elements, 0 outside; store(row, column, sum) takes an element inside.
// row0, column0: where the block's tile of c begins. k0, k: the part of K that is added. slice: where SLICED, the length of
// slices, a multiple of 16. aAlongK, bAlongK: whether neighbours in memory differ in k; for coalescing alone.
template <int SIDE, bool SLICED, typename LoadA, typename LoadB, typename Store>
INLINE void product(
    Tile<SIDE>& tile, int row0, int column0, int m, int n, int k0, int k, int slice, bool aAlongK, bool bAlongK,
    LoadA loadA, LoadB loadB, Store store) {
    using T = Tile<SIDE>;
    const int thread = threadIdx.x;
    const int threadRow = thread / 16 * 4;
    const int threadColumn = thread % 16 * 4;
    constexpr int EACH = 4 * T::SQUARES;
    float sums[EACH][EACH] = {};
    float totals[SLICED ? EACH : 1][SLICED ? EACH : 1] = {};
    float nextA[T::LOADS];
    float nextB[T::LOADS];

    auto fetch = [&](int from) {
#pragma unroll
        for (int i = 0; i < T::LOADS; i++) {
            int e = thread + i * PRODUCT_THREADS;
            int row = aAlongK ? e / T::DEPTH : e % SIDE;
            int deepA = aAlongK ? e % T::DEPTH : e / SIDE;
            nextA[i] = row0 + row < m && from + deepA < k ? loadA(row0 + row, from + deepA) : 0.0f;
            int column = bAlongK ? e / T::DEPTH : e % SIDE;
            int deepB = bAlongK ? e % T::DEPTH : e / SIDE;
            nextB[i] = column0 + column < n && from + deepB < k ? loadB(from + deepB, column0 + column) : 0.0f;
        }
    };
    auto keep = [&](int buffer) {
#pragma unroll
        for (int i = 0; i < T::LOADS; i++) {
            int e = thread + i * PRODUCT_THREADS;
            int row = aAlongK ? e / T::DEPTH : e % SIDE;
            int deepA = aAlongK ? e % T::DEPTH : e / SIDE;
            tile.a[buffer][deepA][row] = nextA[i];
            int column = bAlongK ? e / T::DEPTH : e % SIDE;
            int deepB = bAlongK ? e % T::DEPTH : e / SIDE;
            tile.b[buffer][deepB][column] = nextB[i];
        }
    };

    fetch(k0);
    keep(0);
    __syncthreads();
    int buffer = 0;
    for (int from = k0; from < k; from += T::DEPTH) {
        bool more = from + T::DEPTH < k;
        if (more) {
            fetch(from + T::DEPTH);
        }
#pragma unroll
        for (int deep = 0; deep < T::DEPTH; deep++) {
            float rowValues[4 * T::SQUARES];
            float columnValues[4 * T::SQUARES];
#pragma unroll
            for (int square = 0; square < T::SQUARES; square++) {
                float4 four = *reinterpret_cast<float4*>(&tile.a[buffer][deep][square * 64 + threadRow]);
                rowValues[square * 4] = four.x;
                rowValues[square * 4 + 1] = four.y;
                rowValues[square * 4 + 2] = four.z;
                rowValues[square * 4 + 3] = four.w;
                four = *reinterpret_cast<float4*>(&tile.b[buffer][deep][square * 64 + threadColumn]);
                columnValues[square * 4] = four.x;
                columnValues[square * 4 + 1] = four.y;
                columnValues[square * 4 + 2] = four.z;
                columnValues[square * 4 + 3] = four.w;
            }
#pragma unroll
            for (int i = 0; i < 4 * T::SQUARES; i++) {
#pragma unroll
                for (int j = 0; j < 4 * T::SQUARES; j++) {
                    sums[i][j] += rowValues[i] * columnValues[j];
                }
            }
        }
        if (more) {
            keep(1 - buffer);
        }
        if (SLICED && (!more || (from + T::DEPTH - k0) % slice == 0)) {
#pragma unroll
            for (int i = 0; i < EACH; i++) {
#pragma unroll
                for (int j = 0; j < EACH; j++) {
                    totals[SLICED ? i : 0][SLICED ? j : 0] += sums[i][j];
                    sums[i][j] = 0;
                }
            }
        }
        __syncthreads();
        buffer = 1 - buffer;
    }

    // Through shared memory, a square of 64 x 64 at a time, so that neighbours store side by side and the epilogue is
    // there once in the program.
    float* staged = reinterpret_cast<float*>(&tile);
#pragma unroll
    for (int down = 0; down < T::SQUARES; down++) {
#pragma unroll
        for (int along = 0; along < T::SQUARES; along++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    int row = down * 4 + i;
                    int column = along * 4 + j;
                    staged[(threadRow + i) * STAGED_PITCH + threadColumn + j] =
                        SLICED ? totals[SLICED ? row : 0][SLICED ? column : 0] : sums[row][column];
                }
            }
            __syncthreads();
#pragma unroll 1
            for (int e = thread; e < 64 * 64; e += PRODUCT_THREADS) {
                int row = row0 + down * 64 + e / 64;
                int column = column0 + along * 64 + e % 64;
                if (row < m && column < n) {
                    store(row, column, staged[e / 64 * STAGED_PITCH + e % 64]);
                }
            }
            __syncthreads();
        }
    }
}

// The same in one chain over all of K.
template <int SIDE, typename LoadA, typename LoadB, typename Store>
INLINE void product(
    Tile<SIDE>& tile, int row0, int column0, int m, int n, int k, bool aAlongK, bool bAlongK, LoadA loadA, LoadB loadB,
    Store store) {
    product<SIDE, false>(tile, row0, column0, m, n, 0, k, 0, aAlongK, bAlongK, loadA, loadB, store);
}
