// The vectors of tokens before attention: turned to their positions, and joined with those of earlier runs.
// Oracles: the operators RotaryEmbedding and Attention of dev.nereid.models.operators.attention.
#include "attention.cuh"

// Tokens of the past of each item.
struct Pasts {
    const void* counts;  // tokens of each item, of past and present, in countBytes of an integer each; null for `tokens`
    int countBytes;      // 4 or 8
    int more;            // what is to be added to each count
    int present;         // tokens of this run, which count
    int tokens;

    INLINE int64_t of(int item) const {
        if (counts == nullptr) {
            return tokens;
        }
        int64_t given = countBytes == 8 ? static_cast<const int64_t*>(counts)[item] : static_cast<const int32_t*>(counts)[item];
        int64_t before = given + more - present;
        // A prompt that is shorter than the others has padding behind it.
        return before < 0 ? 0 : before;
    }
};

struct RotateArgs {
    const void* x;
    void* y;
    const void* cosines;       // [rows, half]; so are the sines
    const void* sines;
    const int64_t* positions;  // the row of each token's angles, or of an item's first token; null where there are none
    int* outside;              // becomes 1 where a row is
    Pasts pasts;
    Tokens xAt;
    Tokens yAt;
    int length;  // of y
    int heads;
    int tokens;
    int size;
    int half;
    int rows;
    int neighbours;      // whether pairs are elements beside each other, not `half` apart
    int positionItem;    // strides of positions
    int positionToken;
    int tokenRows;       // how many rows further the angles of the next token are, beside what its position says
    int itemRows;        // the same of the next item
    int unused;
};

// A thread has one element: of those of a pair by `half` angles, or of the rest, which stays.
template <typename Format, typename T>
INLINE void rotate(const RotateArgs& r) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= r.length) {
        return;
    }
    int element = i % r.size;
    int head = i / r.size % r.heads;
    int token = i / r.size / r.heads % r.tokens;
    int item = i / r.size / r.heads / r.tokens;
    const T* x = static_cast<const T*>(r.x) + place(r.xAt, item, head) + static_cast<size_t>(token) * r.xAt.token;
    T* y = static_cast<T*>(r.y) + place(r.yAt, item, head) + static_cast<size_t>(token) * r.yAt.token;
    if (element >= 2 * r.half) {
        y[element] = x[element];
        return;
    }
    int64_t row = r.pasts.of(item) + static_cast<int64_t>(token) * r.tokenRows + static_cast<int64_t>(item) * r.itemRows;
    if (r.positions != nullptr) {
        row += r.positions[item * r.positionItem + token * r.positionToken];
    }
    if (row < 0 || row >= r.rows) {
        *r.outside = 1;
        return;
    }
    int pair = r.neighbours ? element / 2 : element % r.half;
    bool second = r.neighbours ? element % 2 != 0 : element >= r.half;
    int distance = r.neighbours ? 1 : r.half;
    float cosine = Format::widen(static_cast<const T*>(r.cosines)[row * r.half + pair]);
    float sine = Format::widen(static_cast<const T*>(r.sines)[row * r.half + pair]);
    float own = Format::widen(x[element]);
    float other = Format::widen(x[second ? element - distance : element + distance]);
    y[element] = Format::round(second ? sine * other + cosine * own : cosine * own - sine * other);
}

// Grid of all: elements of y / block.
KERNEL(rotate_fp32, RotateArgs) { rotate<Fp32, float>(a); }
KERNEL(rotate_fp16, RotateArgs) { rotate<Fp16, uint16_t>(a); }
KERNEL(rotate_bf16, RotateArgs) { rotate<Bf16, uint16_t>(a); }

struct AppendArgs {
    const void* past;  // [batch, heads, room, size]; null where there is none
    const void* x;
    void* y;           // [batch, heads, capacity, size]
    int* outside;      // becomes 1 where a past is longer than its room, or too long for y
    Pasts pasts;
    Tokens xAt;
    int length;  // of y
    int heads;
    int room;
    int capacity;
    int size;
};

// The tokens of the past, those of this run behind them, and zeros in the rest.
template <typename T>
INLINE void append(const AppendArgs& p) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= p.length) {
        return;
    }
    int element = i % p.size;
    int token = i / p.size % p.capacity;
    int head = i / p.size / p.capacity % p.heads;
    int item = i / p.size / p.capacity / p.heads;
    int64_t before = p.pasts.of(item);
    T value = 0;
    if (before > p.room || before + p.pasts.present > p.capacity) {
        *p.outside = 1;
    } else if (token < before) {
        const T* past = static_cast<const T*>(p.past);
        value = past[((static_cast<size_t>(item) * p.heads + head) * p.room + token) * p.size + element];
    } else if (token < before + p.pasts.present) {
        const T* x = static_cast<const T*>(p.x) + place(p.xAt, item, head);
        value = x[static_cast<size_t>(token - before) * p.xAt.token + element];
    }
    static_cast<T*>(p.y)[i] = value;
}

// Named by the bytes of an element.
KERNEL(append_2, AppendArgs) { append<uint16_t>(a); }
KERNEL(append_4, AppendArgs) { append<uint32_t>(a); }
