// Attention of FP16 and BF16 by tensor cores.
//
// A block of 4 warps has 64 queries of one head, a warp 16 of them, whose elements stay in its registers. Keys and values pass
// through shared memory 64 at a time: while the products with values are added up, the next keys are on their way, and while
// the products with keys are, the next values.
//
// The scores of a warp stay where mma.sync leaves them: a lane has keys 2 * (lane % 4) and the next of each 8, for two of the 16
// queries. Rounded, the weights of 16 keys are what the next mma.sync wants of its left operand, lane by lane. The order of
// additions depends on the number of keys alone; keys that no query of the block may ask are left out where they fill a tile.
#pragma once

#include "../attention.cuh"
#include "tensor_half.cuh"

constexpr int ATTENTION_THREADS = 128;
constexpr int TILE_QUERIES = 64;
constexpr int TILE_KEYS = 64;
constexpr int HALVES = CHUNK / sizeof(uint16_t);  // of an asynchronous copy

// Keys and values of heads of up to SIZE elements.
template <int SIZE>
struct alignas(16) HeadTiles {
    static constexpr int PITCH = SIZE + 8;  // keeps the rows of a fragment off each other's banks

    alignas(16) uint16_t keys[TILE_KEYS][PITCH];
    alignas(16) uint16_t values[TILE_KEYS][PITCH];
};

// Tokens of a head in memory.
struct Vectors {
    const uint16_t* first;
    int stride;
    int count;
    int size;  // a multiple of 8

    INLINE const uint16_t* at(int token, int element) const { return first + static_cast<size_t>(token) * stride + element; }
};

// Starts the copies of 64 tokens, as one group; zeros behind the last one and behind its elements.
template <int SIZE>
INLINE void fetch(uint16_t (&tile)[TILE_KEYS][HeadTiles<SIZE>::PITCH], const Vectors& vectors, int from) {
    constexpr int CHUNKS = SIZE / HALVES;
    // Unrolled it would keep an address of each copy in registers.
#pragma unroll 1
    for (int i = 0; i < TILE_KEYS * CHUNKS / ATTENTION_THREADS; i++) {
        int e = threadIdx.x + i * ATTENTION_THREADS;
        int token = e / CHUNKS;
        int element = e % CHUNKS * HALVES;
        bool inside = from + token < vectors.count && element < vectors.size;
        const uint16_t* source = inside ? vectors.at(from + token, element) : vectors.first;
        copy_async(&tile[token][element], source, inside);
    }
    commit_copies();
}

// Two numbers of 16 bits, the first one in the lower half.
INLINE uint32_t pair(uint16_t first, uint16_t second) { return first | static_cast<uint32_t>(second) << 16; }

// The fragments of 16 queries, from memory; zeros where there are none.
template <int SIZE>
INLINE void load_queries(uint32_t (&fragments)[SIZE / 16][4], const Vectors& queries, int row) {
    const int lane = threadIdx.x % WARP;
#pragma unroll
    for (int step = 0; step < SIZE / 16; step++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int query = row + i % 2 * 8;
            int element = step * 16 + i / 2 * 8 + lane % 4 * 2;
            bool inside = query < queries.count && element < queries.size;
            const uint16_t* source = queries.at(query, element);
            fragments[step][i] = inside ? pair(source[0], source[1]) : 0;
        }
    }
}

// The scores of 16 queries and 64 keys, neither scaled nor masked: 4 of each 8 keys.
template <typename Format, int SIZE>
INLINE void score(float (&scores)[8][4], const uint32_t (&queries)[SIZE / 16][4], const HeadTiles<SIZE>& tiles) {
    const int lane = threadIdx.x % WARP;
#pragma unroll
    for (int j = 0; j < 8; j++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            scores[j][i] = 0;
        }
        const uint16_t* key = tiles.keys[8 * j + lane / 4];
#pragma unroll
        for (int step = 0; step < SIZE / 16; step++) {
            int element = step * 16 + lane % 4 * 2;
            uint32_t right[2] = {pair(key[element], key[element + 1]), pair(key[element + 8], key[element + 9])};
            Format::multiply(scores[j], queries[step], right);
        }
    }
}

// Adds the values of 64 keys with their weights.
template <typename Format, int SIZE>
INLINE void add_values(float (&sums)[SIZE / 8][4], const uint32_t (&weights)[4][4], const HeadTiles<SIZE>& tiles) {
    const int lane = threadIdx.x % WARP;
#pragma unroll
    for (int step = 0; step < 4; step++) {
        int key = step * 16 + lane % 4 * 2;
#pragma unroll
        for (int j = 0; j < SIZE / 8; j++) {
            int element = 8 * j + lane / 4;
            uint32_t right[2] = {
                pair(tiles.values[key][element], tiles.values[key + 1][element]),
                pair(tiles.values[key + 8][element], tiles.values[key + 9][element])};
            Format::multiply(sums[j], weights[step], right);
        }
    }
}

// What four lanes that have the keys of a query know together.
template <typename Combine>
INLINE float of_query(float mine, Combine combine) {
    mine = combine(mine, __shfl_xor_sync(0xffffffffu, mine, 1));
    return combine(mine, __shfl_xor_sync(0xffffffffu, mine, 2));
}

template <typename Format, int SIZE>
INLINE void attend_by_tensors(const HalfAttentionArgs& a, HeadTiles<SIZE>& tiles) {
    const int blocks = (a.queries + TILE_QUERIES - 1) / TILE_QUERIES;
    const int head = blockIdx.y;
    const int item = blockIdx.x / blocks;
    const int lane = threadIdx.x % WARP;
    // The first of the two queries that this lane has scores of; the other one is 8 behind.
    const int row = blockIdx.x % blocks * TILE_QUERIES + threadIdx.x / WARP * 16 + lane / 4;
    const Vectors queries = {a.q + place(a.qAt, item, head), a.qAt.token, a.queries, a.size};
    const Seen seen(a, item);
    const Vectors keys = {a.k + place(a.kAt, item, head / a.keySharing), a.kAt.token, seen.count, a.size};
    const Vectors values = {a.v + place(a.vAt, item, head / a.valueSharing), a.vAt.token, seen.count, a.valueSize};
    const size_t mask = place(a.maskAt, item, head);
    const int first = blockIdx.x % blocks * TILE_QUERIES;
    const int begin = seen.begin(first, TILE_KEYS);
    const int end = seen.end((first + TILE_QUERIES < a.queries ? first + TILE_QUERIES : a.queries) - 1);

    fetch<SIZE>(tiles.keys, keys, begin);
    fetch<SIZE>(tiles.values, values, begin);
    uint32_t left[SIZE / 16][4];
    load_queries<SIZE>(left, queries, row);
    float greatest[2] = {-INFINITY, -INFINITY};
    float total[2] = {};
    float sums[SIZE / 8][4] = {};
    for (int from = begin; from < end; from += TILE_KEYS) {
        await_copies<1>();  // of keys
        __syncthreads();
        float scores[8][4];
        score<Format, SIZE>(scores, left, tiles);
        __syncthreads();
        fetch<SIZE>(tiles.keys, keys, from + TILE_KEYS);

        uint32_t weights[4][4];
#pragma unroll
        for (int half = 0; half < 2; half++) {
            int query = row + half * 8;
            float most = -INFINITY;
#pragma unroll
            for (int e = 0; e < 16; e++) {
                float& score = scores[e / 2][half * 2 + e % 2];
                int key = from + e / 2 * 8 + lane % 4 * 2 + e % 2;
                score = masked<Format>(a, seen, mask, query, key, score * a.scale);
                most = larger(most, score);
            }
            Greatest now(greatest[half], of_query(most, [](float x, float y) { return larger(x, y); }));
            greatest[half] = now.value;
            float mine = 0;
#pragma unroll
            for (int e = 0; e < 8; e++) {
                uint16_t first = Format::round(now.weight(scores[e][half * 2]));
                uint16_t second = Format::round(now.weight(scores[e][half * 2 + 1]));
                mine += Format::widen(first);
                mine += Format::widen(second);
                weights[e / 2][e % 2 * 2 + half] = pair(first, second);
            }
            total[half] = fmaf(total[half], now.factor, of_query(mine, [](float x, float y) { return x + y; }));
#pragma unroll
            for (int j = 0; j < SIZE / 8; j++) {
                sums[j][half * 2] *= now.factor;
                sums[j][half * 2 + 1] *= now.factor;
            }
        }

        await_copies<1>();  // of values
        __syncthreads();
        add_values<Format, SIZE>(sums, weights, tiles);
        __syncthreads();
        fetch<SIZE>(tiles.values, values, from + TILE_KEYS);
    }
    await_copies<0>();

#pragma unroll
    for (int half = 0; half < 2; half++) {
        int query = row + half * 8;
        if (query >= a.queries) {
            continue;
        }
        uint16_t* y = a.y + place(a.yAt, item, head) + static_cast<size_t>(query) * a.yAt.token;
#pragma unroll
        for (int j = 0; j < SIZE / 8; j++) {
            int element = 8 * j + lane % 4 * 2;
            if (element < a.valueSize) {
                y[element] = Format::round(mean(a, sums[j][half * 2], total[half]));
                y[element + 1] = Format::round(mean(a, sums[j][half * 2 + 1], total[half]));
            }
        }
    }
}
