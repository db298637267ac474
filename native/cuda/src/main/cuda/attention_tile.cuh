// Attention with plain loops, for every format.
//
// A block has 16 queries of one head; the keys and values pass through shared memory 32 at a time. A warp takes four queries
// one after the other: for the scores its lanes are keys, for the sum of values they are elements. Weights are rounded to the
// format before they are summed up and multiplied with values, as tensor cores want them. The order of additions depends on
// the number of keys alone; keys that no query of the block may ask are left out where they fill their tile.
#pragma once

#include "attention.cuh"

constexpr int KEYS = WARP;
constexpr int ATTENTION_WARPS = 4;
constexpr int WARP_QUERIES = 4;
constexpr int QUERIES = ATTENTION_WARPS * WARP_QUERIES;
constexpr int PARTS = MOST_SIZE / WARP;

struct AttentionTile {
    float keys[KEYS][MOST_SIZE + 1];
    float values[KEYS][MOST_SIZE];
    float queries[QUERIES][MOST_SIZE];
};

// Grid: batch * (queries / 16), heads; block: 128. Sizes up to 128.
template <typename Format, typename T>
INLINE void attend(const Attention<T>& a, AttentionTile& tile) {
    const int head = blockIdx.y;
    const int tiles = (a.queries + QUERIES - 1) / QUERIES;
    const int item = blockIdx.x / tiles;
    const int warp = threadIdx.x / WARP;
    const int lane = threadIdx.x % WARP;
    const int first = blockIdx.x % tiles * QUERIES;
    const T* q = a.q + place(a.qAt, item, head);
    const T* k = a.k + place(a.kAt, item, head / a.keySharing);
    const T* v = a.v + place(a.vAt, item, head / a.valueSharing);
    const size_t mask = place(a.maskAt, item, head);
    const Seen seen(a, item);
    const int end = seen.end((first + QUERIES < a.queries ? first + QUERIES : a.queries) - 1);

    for (int e = threadIdx.x; e < QUERIES * a.size; e += blockDim.x) {
        int query = first + e / a.size;
        tile.queries[e / a.size][e % a.size] =
            query < a.queries ? Format::widen(q[query * a.qAt.token + e % a.size]) : 0.0f;
    }
    float greatest[WARP_QUERIES];
    float total[WARP_QUERIES];
    float sums[WARP_QUERIES][PARTS];
#pragma unroll
    for (int i = 0; i < WARP_QUERIES; i++) {
        greatest[i] = -INFINITY;
        total[i] = 0;
#pragma unroll
        for (int part = 0; part < PARTS; part++) {
            sums[i][part] = 0;
        }
    }

    for (int from = seen.begin(first, KEYS); from < end; from += KEYS) {
        __syncthreads();
        for (int e = threadIdx.x; e < KEYS * a.size; e += blockDim.x) {
            int key = from + e / a.size;
            tile.keys[e / a.size][e % a.size] =
                key < seen.count ? Format::widen(k[key * a.kAt.token + e % a.size]) : 0.0f;
        }
        for (int e = threadIdx.x; e < KEYS * a.valueSize; e += blockDim.x) {
            int key = from + e / a.valueSize;
            tile.values[e / a.valueSize][e % a.valueSize] =
                key < seen.count ? Format::widen(v[key * a.vAt.token + e % a.valueSize]) : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < WARP_QUERIES; i++) {
            int row = warp * WARP_QUERIES + i;
            float score = 0;
            for (int e = 0; e < a.size; e++) {
                score += tile.queries[row][e] * tile.keys[lane][e];
            }
            score = masked<Format>(a, seen, mask, first + row, from + lane, score * a.scale);
            float most = score;
            for (int distance = WARP / 2; distance > 0; distance /= 2) {
                most = larger(most, __shfl_xor_sync(0xffffffffu, most, distance));
            }
            Greatest now(greatest[i], most);
            float weight = Format::widen(Format::round(now.weight(score)));
            greatest[i] = now.value;
            float weights = weight;
            for (int distance = WARP / 2; distance > 0; distance /= 2) {
                weights += __shfl_xor_sync(0xffffffffu, weights, distance);
            }
            total[i] = total[i] * now.factor + weights;
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                sums[i][part] *= now.factor;
            }
            for (int other = 0; other < KEYS; other++) {
                float share = __shfl_sync(0xffffffffu, weight, other);
#pragma unroll
                for (int part = 0; part < PARTS; part++) {
                    int element = part * WARP + lane;
                    if (element < a.valueSize) {
                        sums[i][part] += share * tile.values[other][element];
                    }
                }
            }
        }
    }

#pragma unroll
    for (int i = 0; i < WARP_QUERIES; i++) {
        int query = first + warp * WARP_QUERIES + i;
        if (query < a.queries) {
            T* y = a.y + place(a.yAt, item, head) + query * a.yAt.token;
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                int element = part * WARP + lane;
                if (element < a.valueSize) {
                    y[element] = Format::round(mean(a, sums[i][part], total[i]));
                }
            }
        }
    }
}
