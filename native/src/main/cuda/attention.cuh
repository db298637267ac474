// What all kernels of attention share: y = softmax(scale * q * transposed(k) + mask) * v for every head, without the matrix of
// scores ever being in memory. What was summed up is scaled down whenever a greater score turns up.
#pragma once

#include "formats.cuh"

constexpr int MOST_SIZE = 128;

// Strides, in elements, along items of the batch, heads and tokens; the elements of a token of a head are dense.
struct Tokens {
    int item;
    int head;
    int token;
};

// T: float, or the bits of a number of 16 bits. The fields that dev.nereid.nativekernels.cuda.CudaAttention writes.
template <typename T>
struct Attention {
    const T* q;
    const T* k;
    const T* v;
    const T* mask;  // null for none
    T* y;
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
    int keySharing;    // how many heads each head of k serves
    int valueSharing;  // the same of v
};

using AttentionArgs = Attention<float>;
using HalfAttentionArgs = Attention<uint16_t>;

struct Fp32 {
    static INLINE float widen(float x) { return x; }
    static INLINE float round(float x) { return x; }
};

INLINE size_t place(const Tokens& tokens, int item, int head) {
    return static_cast<size_t>(item) * tokens.item + static_cast<size_t>(head) * tokens.head;
}

// The greatest score of a query so far, given that of its next keys: what was summed up is to be multiplied with `factor`.
// As long as all is masked by minus infinity there is nothing to sum up.
struct Greatest {
    float value;
    float factor;

    INLINE Greatest(float before, float next)
        : value(larger(next, before)), factor(value == -INFINITY ? 1.0f : expf(before - value)) {}

    INLINE float weight(float score) const { return value == -INFINITY ? 0.0f : expf(score - value); }
};
