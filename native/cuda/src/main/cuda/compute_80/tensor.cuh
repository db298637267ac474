// Matrix products by tensor cores, for cards of compute capability 8.0 and up.
//
// A block of 8 warps computes 128 x 128 elements of c, a warp 64 x 32 of them by 4 x 4 fragments. Two buffers in shared
// memory: while one is multiplied, asynchronous copies fill the other, 64 bytes of each row of a along k. Operands have
// their rows at multiples of 16 bytes: a along k, b along n. Sums are of FP32 or INT32; an element's order of additions
// depends on K, and on the length of slices, alone.
#pragma once

#include "../gemm.cuh"
#include "mma.cuh"

constexpr int TENSOR_THREADS = 256;
constexpr int TENSOR_SIDE = 128;
constexpr int STAGE_BYTES = 64;                    // of a row of a, along k
constexpr int STAGE_WORDS = STAGE_BYTES / 4;
constexpr int A_PITCH = STAGE_WORDS + 4;           // words; keeps the rows of a fragment off each other's banks
constexpr int C_PITCH = TENSOR_SIDE + 4;           // sums; keeps the rows of a fragment off each other's banks
constexpr int CHUNK = 16;                          // bytes of one asynchronous copy

// Operands of T, whose sums are of Sum.
template <typename T>
struct alignas(16) Stages {
    static constexpr int DEPTH = STAGE_BYTES / sizeof(T);           // k of a stage
    static constexpr int B_PITCH = TENSOR_SIDE + 32 / sizeof(T);    // elements; rows of b start 8 banks apart

    uint32_t a[2][TENSOR_SIDE][A_PITCH];
    alignas(16) T b[2][DEPTH][B_PITCH];
};

constexpr int A_CHUNKS = STAGE_BYTES / CHUNK;                          // of a row
constexpr int ROWS_APART = TENSOR_THREADS / A_CHUNKS;                  // between the rows that a thread copies
constexpr int THREAD_ROWS = TENSOR_SIDE / ROWS_APART;

// Starts the copies of a stage. rows: those of a that the calling thread copies.
template <typename T, typename Source>
INLINE void fetch(
    Stages<T>& stages, int buffer, const Source& o, const typename Source::Row (&rows)[THREAD_ROWS], int column0, int from) {
    constexpr int EACH = CHUNK / sizeof(T);
    constexpr int B_CHUNKS = TENSOR_SIDE / EACH;
    const int chunk = threadIdx.x % A_CHUNKS;
#pragma unroll
    for (int i = 0; i < THREAD_ROWS; i++) {
        const T* source = o.at(rows[i], from + chunk * EACH);
        bool inside = source != nullptr;
        copy_async(
            &stages.a[buffer][threadIdx.x / A_CHUNKS + i * ROWS_APART][chunk * 4], inside ? source : o.a, inside);
    }
#pragma unroll
    for (int e = threadIdx.x; e < Stages<T>::DEPTH * B_CHUNKS; e += TENSOR_THREADS) {
        int k = e / B_CHUNKS;
        int column = e % B_CHUNKS * EACH;
        bool inside = from + k < o.k && column0 + column < o.n;
        const T* source = inside ? o.b + static_cast<size_t>(from + k) * o.bRow + column0 + column : o.b;
        copy_async(&stages.b[buffer][k][column], source, inside);
    }
    commit_copies();
}

// A word of b: as many neighbours along k as fit.
template <typename T>
INLINE uint32_t word_of(const Stages<T>& stages, int buffer, int word, int column) {
    constexpr int EACH = 4 / sizeof(T);
    uint32_t bits = 0;
#pragma unroll
    for (int i = 0; i < EACH; i++) {
        bits |= static_cast<uint32_t>(stages.b[buffer][word * EACH + i][column]) << (8 * sizeof(T) * i);
    }
    return bits;
}

// source: Operands, or what has their members. multiply(c, a, b) is an instruction of mma.cuh; prepare(word) is done to each
// word of a fragment; store(row, column, sum) takes an element inside. slice: where SLICED, the length of its slices, a multiple
// of a stage's k: each is added by itself, and then their sums, in ascending order.
template <typename T, typename Sum, bool SLICED = false, typename Source, typename Multiply, typename Prepare, typename Store>
INLINE void tensor_product(
    Stages<T>& stages, const Source& o, Multiply multiply, Prepare prepare, Store store, int slice = 0) {
    const int row0 = blockIdx.x * TENSOR_SIDE;
    const int column0 = blockIdx.y * TENSOR_SIDE;
    const int lane = threadIdx.x % WARP;
    const int warpRow = threadIdx.x / WARP % 2 * 64;
    const int warpColumn = threadIdx.x / WARP / 2 * 32;
    Sum sums[4][4][4] = {};
    Sum totals[4][4][4] = {};
    int end = slice;
    typename Source::Row rows[THREAD_ROWS];
#pragma unroll
    for (int i = 0; i < THREAD_ROWS; i++) {
        rows[i] = o.row(row0 + threadIdx.x / A_CHUNKS + i * ROWS_APART);
    }

    fetch(stages, 0, o, rows, column0, 0);
    int buffer = 0;
    for (int from = 0; from < o.k; from += Stages<T>::DEPTH) {
        if (from + Stages<T>::DEPTH < o.k) {
            fetch(stages, 1 - buffer, o, rows, column0, from + Stages<T>::DEPTH);
            await_copies<1>();
        } else {
            await_copies<0>();
        }
        __syncthreads();
#pragma unroll
        for (int word = 0; word < STAGE_WORDS; word += 8) {
            uint32_t left[4][4];
            uint32_t right[4][2];
#pragma unroll
            for (int i = 0; i < 4; i++) {
                int row = warpRow + 16 * i + lane / 4;
                left[i][0] = prepare(stages.a[buffer][row][word + lane % 4]);
                left[i][1] = prepare(stages.a[buffer][row + 8][word + lane % 4]);
                left[i][2] = prepare(stages.a[buffer][row][word + lane % 4 + 4]);
                left[i][3] = prepare(stages.a[buffer][row + 8][word + lane % 4 + 4]);
            }
#pragma unroll
            for (int j = 0; j < 4; j++) {
                int column = warpColumn + 8 * j + lane / 4;
                right[j][0] = prepare(word_of(stages, buffer, word + lane % 4, column));
                right[j][1] = prepare(word_of(stages, buffer, word + lane % 4 + 4, column));
            }
#pragma unroll
            for (int i = 0; i < 4; i++) {
#pragma unroll
                for (int j = 0; j < 4; j++) {
                    multiply(sums[i][j], left[i], right[j]);
                }
            }
        }
        // Before the next copies fill what others may still read.
        __syncthreads();
        buffer = 1 - buffer;
        if (SLICED && (from + Stages<T>::DEPTH == end || from + Stages<T>::DEPTH >= o.k)) {
            end += slice;
#pragma unroll
            for (int e = 0; e < 64; e++) {
                totals[e / 16][e / 4 % 4][e % 4] += sums[e / 16][e / 4 % 4][e % 4];
                sums[e / 16][e / 4 % 4][e % 4] = 0;
            }
        }
    }
    // Half of the rows at a time go through shared memory, so that neighbours store what lies side by side, and one loop does
    // what becomes of a sum.
    static_assert(sizeof(stages) >= sizeof(Sum) * TENSOR_SIDE / 2 * C_PITCH, "stages have room for half a tile");
    Sum* half = reinterpret_cast<Sum*>(&stages);
    await_copies<0>();
    for (int first = 0; first < TENSOR_SIDE; first += TENSOR_SIDE / 2) {
        __syncthreads();
        if (warpRow == first) {
#pragma unroll
            for (int e = 0; e < 64; e++) {
                int row = 16 * (e / 16) + lane / 4 + e % 4 / 2 * 8;
                int column = warpColumn + 8 * (e / 4 % 4) + lane % 4 * 2 + e % 2;
                half[row * C_PITCH + column] = SLICED ? totals[e / 16][e / 4 % 4][e % 4] : sums[e / 16][e / 4 % 4][e % 4];
            }
        }
        __syncthreads();
#pragma unroll 1
        for (int e = threadIdx.x; e < TENSOR_SIDE / 2 * TENSOR_SIDE; e += TENSOR_THREADS) {
            int down = Source::RESULT_ALONG_ROWS ? e % (TENSOR_SIDE / 2) : e / TENSOR_SIDE;
            int along = Source::RESULT_ALONG_ROWS ? e / (TENSOR_SIDE / 2) : e % TENSOR_SIDE;
            int row = row0 + first + down;
            int column = column0 + along;
            if (row < o.m && column < o.n) {
                store(row, column, half[down * C_PITCH + along]);
            }
        }
    }
}
