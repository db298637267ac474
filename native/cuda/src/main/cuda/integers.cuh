// What products and convolutions of integers of 8 bits share: tiles of exact sums, and the way back to 8 bits.
#pragma once

#include "nereid.cuh"

constexpr int INTEGER_SIDE = 64;
constexpr int INTEGER_DEPTH = 16;
constexpr int INTEGER_THREADS = 256;

struct IntegerTile {
    int a[INTEGER_DEPTH][INTEGER_SIDE + 1];
    int b[INTEGER_DEPTH][INTEGER_SIDE + 1];
};

INLINE int integer(uint8_t bits, int isSigned) { return isSigned ? static_cast<int8_t>(bits) : bits; }

INLINE int zero_of(const uint8_t* zeros, int at, int isSigned) {
    return zeros != nullptr ? integer(zeros[at], isSigned) : 0;
}

// saturate(round(sum * multiplier) + zero), halves to the even neighbour; what is not a number counts as 0.
INLINE uint8_t requantized(int sum, float multiplier, uint8_t zero, int isSigned) {
    float product = static_cast<float>(sum) * multiplier;
    float value = (product != product ? 0.0f : rintf(product)) + static_cast<float>(integer(zero, isSigned));
    value = smaller(larger(value, isSigned ? -128.0f : 0.0f), isSigned ? 127.0f : 255.0f);
    return static_cast<uint8_t>(static_cast<int>(value));
}

// c[m, n] = sum over k of a[m, k] * b[k, n], modulo 2^32. A block of 256 threads computes 64 x 64 sums, a thread 4 x 4 of
// them that lie 16 apart. loadA(row, k) and loadB(k, column) give integers; store(row, column, sum) takes a sum inside.
// aAlongK: whether neighbours in a's memory differ in k; for coalescing alone.
template <typename LoadA, typename LoadB, typename Store>
INLINE void integer_tile(
    IntegerTile& tile, int row0, int column0, int m, int n, int depth, bool aAlongK, LoadA loadA, LoadB loadB,
    Store store) {
    int thread = threadIdx.x;
    unsigned sums[4][4] = {};
    for (int from = 0; from < depth; from += INTEGER_DEPTH) {
        for (int e = thread; e < INTEGER_SIDE * INTEGER_DEPTH; e += INTEGER_THREADS) {
            int row = aAlongK ? e / INTEGER_DEPTH : e % INTEGER_SIDE;
            int k = aAlongK ? e % INTEGER_DEPTH : e / INTEGER_SIDE;
            tile.a[k][row] = row0 + row < m && from + k < depth ? loadA(row0 + row, from + k) : 0;
            int column = e % INTEGER_SIDE;
            k = e / INTEGER_SIDE;
            tile.b[k][column] = column0 + column < n && from + k < depth ? loadB(from + k, column0 + column) : 0;
        }
        __syncthreads();
#pragma unroll
        for (int k = 0; k < INTEGER_DEPTH; k++) {
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    sums[i][j] += static_cast<unsigned>(tile.a[k][thread / 16 + 16 * i] * tile.b[k][thread % 16 + 16 * j]);
                }
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
            int row = row0 + thread / 16 + 16 * i;
            int column = column0 + thread % 16 + 16 * j;
            if (row < m && column < n) {
                store(row, column, static_cast<int>(sums[i][j]));
            }
        }
    }
}
