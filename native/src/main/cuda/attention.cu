// Attention of FP32 with an online softmax: for every head y = softmax(scale * q * transposed(k) + mask) * v, without the
// matrix of scores ever being in memory.
//
// Oracle: ScalarAttention. A block has 16 queries of one head; the keys and values pass through shared memory 32 at a
// time. A warp takes four queries one after the other: for the scores its lanes are keys, for the sum of values they are
// elements. What was summed up is scaled down whenever a greater score turns up. The order of additions depends on the
// number of keys alone.
#include "nereid.cuh"

constexpr int MOST_SIZE = 128;
constexpr int KEYS = WARP;
constexpr int ATTENTION_WARPS = 4;
constexpr int WARP_QUERIES = 4;
constexpr int QUERIES = ATTENTION_WARPS * WARP_QUERIES;
constexpr int PARTS = MOST_SIZE / WARP;

// Strides, in elements, along items of the batch, heads and tokens; the elements of a token of a head are dense.
struct Tokens {
    int item;
    int head;
    int token;
};

struct AttentionArgs {
    const float* q;
    const float* k;
    const float* v;
    const float* mask;  // null for none
    float* y;
    int heads;
    int queries;
    int keys;
    int size;
    int valueSize;
    float scale;
    Tokens qAt;
    Tokens kAt;
    Tokens vAt;
    Tokens yAt;
    Tokens maskAt;  // its tokens are queries
    int maskKey;
};

INLINE int place(const Tokens& tokens, int item, int head) { return item * tokens.item + head * tokens.head; }

// Grid: batch * (queries / 16), heads; block: 128. Sizes up to 128.
KERNEL(attention, AttentionArgs) {
    __shared__ float keys[KEYS][MOST_SIZE + 1];
    __shared__ float values[KEYS][MOST_SIZE];
    __shared__ float queries[QUERIES][MOST_SIZE];
    const int head = blockIdx.y;
    const int tiles = (a.queries + QUERIES - 1) / QUERIES;
    const int item = blockIdx.x / tiles;
    const int warp = threadIdx.x / WARP;
    const int lane = threadIdx.x % WARP;
    const int first = blockIdx.x % tiles * QUERIES;
    const float* q = a.q + place(a.qAt, item, head);
    const float* k = a.k + place(a.kAt, item, head);
    const float* v = a.v + place(a.vAt, item, head);
    const float* mask = a.mask != nullptr ? a.mask + place(a.maskAt, item, head) : nullptr;

    for (int e = threadIdx.x; e < QUERIES * a.size; e += blockDim.x) {
        int query = first + e / a.size;
        queries[e / a.size][e % a.size] = query < a.queries ? q[query * a.qAt.token + e % a.size] : 0.0f;
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

    for (int from = 0; from < a.keys; from += KEYS) {
        __syncthreads();
        for (int e = threadIdx.x; e < KEYS * a.size; e += blockDim.x) {
            int key = from + e / a.size;
            keys[e / a.size][e % a.size] = key < a.keys ? k[key * a.kAt.token + e % a.size] : 0.0f;
        }
        for (int e = threadIdx.x; e < KEYS * a.valueSize; e += blockDim.x) {
            int key = from + e / a.valueSize;
            values[e / a.valueSize][e % a.valueSize] = key < a.keys ? v[key * a.vAt.token + e % a.valueSize] : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (int i = 0; i < WARP_QUERIES; i++) {
            int row = warp * WARP_QUERIES + i;
            float score = 0;
            for (int e = 0; e < a.size; e++) {
                score += queries[row][e] * keys[lane][e];
            }
            score *= a.scale;
            int key = from + lane;
            int query = first + row;
            if (key >= a.keys) {
                score = -INFINITY;
            } else if (mask != nullptr && query < a.queries) {
                score += mask[query * a.maskAt.token + key * a.maskKey];
            }
            float most = score;
            for (int distance = WARP / 2; distance > 0; distance /= 2) {
                most = larger(most, __shfl_xor_sync(0xffffffffu, most, distance));
            }
            most = larger(most, greatest[i]);
            // As long as all is masked by minus infinity there is nothing to sum up.
            bool nothing = most == -INFINITY;
            float factor = nothing ? 1.0f : expf(greatest[i] - most);
            float weight = nothing ? 0.0f : expf(score - most);
            greatest[i] = most;
            float weights = weight;
            for (int distance = WARP / 2; distance > 0; distance /= 2) {
                weights += __shfl_xor_sync(0xffffffffu, weights, distance);
            }
            total[i] = total[i] * factor + weights;
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                sums[i][part] *= factor;
            }
            for (int other = 0; other < KEYS; other++) {
                float share = __shfl_sync(0xffffffffu, weight, other);
#pragma unroll
                for (int part = 0; part < PARTS; part++) {
                    int element = part * WARP + lane;
                    if (element < a.valueSize) {
                        sums[i][part] += share * values[other][element];
                    }
                }
            }
        }
    }

#pragma unroll
    for (int i = 0; i < WARP_QUERIES; i++) {
        int query = first + warp * WARP_QUERIES + i;
        if (query < a.queries) {
            float* y = a.y + place(a.yAt, item, head) + query * a.yAt.token;
#pragma unroll
            for (int part = 0; part < PARTS; part++) {
                int element = part * WARP + lane;
                if (element < a.valueSize) {
                    y[element] = sums[i][part] / total[i];
                }
            }
        }
    }
}
