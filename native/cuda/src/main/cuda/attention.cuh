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

// Which keys queries may ask, beside what a mask says.
struct Sight {
    const uint8_t* allowed;  // truth values that lie as the mask's numbers do; null for none
    const void* counts;      // keys of each item, in countBytes of an integer each; null where all count
    int countBytes;          // 4 or 8
    int more;                // what is to be added to each count
    int offset;              // the place of query 0 among the keys; negative where the last query is at the last that counts
    int leastOffset;         // its place then at least
    int left;                // how many keys before its place a query may ask; negative for all
    int right;               // the same behind it
    int hiddenIsZero;        // whether a query that may ask nobody gets zeros and not NaN
    int unused;
};

// T: float, or the bits of a number of 16 bits. The fields that dev.nereid.cuda.driver.CudaAttention writes.
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
    Sight sight;
};

constexpr int MOST_OFFSET = 1 << 30;

// The keys of one item that its queries may ask.
struct Seen {
    int count;
    int offset;
    int left;
    int right;

    template <typename T>
    INLINE Seen(const Attention<T>& a, int item)
        : count(a.keys), offset(a.sight.offset), left(a.sight.left), right(a.sight.right) {
        int64_t given = a.keys;
        if (a.sight.counts != nullptr) {
            given = a.sight.countBytes == 8 ? static_cast<const int64_t*>(a.sight.counts)[item]
                                            : static_cast<const int32_t*>(a.sight.counts)[item];
            given += a.sight.more;
            count = given < 0 ? 0 : given < a.keys ? static_cast<int>(given) : a.keys;
        }
        if (offset < 0) {
            int64_t before = given - a.queries;
            // Beyond the last key it makes no difference where a query is.
            offset = before < a.sight.leastOffset ? a.sight.leastOffset
                                                  : static_cast<int>(before < MOST_OFFSET ? before : MOST_OFFSET);
        }
    }

    INLINE bool hides(int query, int key) const {
        int own = query + offset;
        return key >= count || (left >= 0 && key < own - left) || (right >= 0 && key > own + right);
    }

    // Behind the last key that any query up to `last` may ask.
    INLINE int end(int last) const {
        int behind = right >= 0 ? last + offset + right + 1 : count;
        return behind < count ? behind : count;
    }

    // Before the first key that any query from `first` on may ask, at a multiple of `tile`. What lies before has no weight, so
    // that leaving it out changes no bit.
    INLINE int begin(int first, int tile) const {
        int before = left >= 0 ? first + offset - left : 0;
        return before > 0 ? before / tile * tile : 0;
    }
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

// The score of a key that is scaled already, with what the mask says of it. Queries from a.queries on are nobody's.
template <typename Format, typename T>
INLINE float masked(const Attention<T>& a, const Seen& seen, size_t maskAt, int query, int key, float score) {
    if (seen.hides(query, key)) {
        return -INFINITY;
    }
    if (query < a.queries) {
        size_t at = maskAt + static_cast<size_t>(query) * a.maskAt.token + static_cast<size_t>(key) * a.maskKey;
        if (a.mask != nullptr) {
            score += Format::widen(a.mask[at]);
        }
        if (a.sight.allowed != nullptr && a.sight.allowed[at] == 0) {
            score = -INFINITY;
        }
    }
    return score;
}

template <typename T>
INLINE float mean(const Attention<T>& a, float sum, float total) {
    return total == 0.0f && a.sight.hiddenIsZero ? 0.0f : sum / total;
}
