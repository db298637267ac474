// Elements picked one by one or in blocks, and the first of an order.
//
// Indices outside of their axis set a flag, as those of gather in layout.cu. Oracles: dev.nereid.models.operators.movement.
#include "indices.cuh"

struct ElementsArgs {
    const void* x;
    void* y;
    ElementPlaces places;
    int length;  // of the indices
    int unused;
};

template <typename T, typename Index>
INLINE void gather_elements(const ElementsArgs& e) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < e.length) {
        int from = place<Index>(e.places, i);
        static_cast<T*>(e.y)[i] = from < 0 ? T(0) : static_cast<const T*>(e.x)[from];
    }
}

// y[i] = x at i with indices[i] along the axis; named by the bytes of an element and of an index. Grid: length / block.
KERNEL(gather_elements_4_4, ElementsArgs) { gather_elements<uint32_t, int32_t>(a); }
KERNEL(gather_elements_4_8, ElementsArgs) { gather_elements<uint32_t, int64_t>(a); }
KERNEL(gather_elements_8_4, ElementsArgs) { gather_elements<uint64_t, int32_t>(a); }
KERNEL(gather_elements_8_8, ElementsArgs) { gather_elements<uint64_t, int64_t>(a); }

struct BlocksArgs {
    const void* x;  // [blocks, block]
    void* y;        // [vectors, block]
    VectorPlaces places;
    int length;     // of y
    int block;
};

template <typename T, typename Index>
INLINE void gather_blocks(const BlocksArgs& g) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < g.length) {
        int from = place<Index>(g.places, i / g.block);
        static_cast<T*>(g.y)[i] = from < 0 ? T(0) : static_cast<const T*>(g.x)[from * g.block + i % g.block];
    }
}

// y[i] = the block of x that vector i names; named by the bytes of an element and of an index. Grid: length / block.
KERNEL(gather_blocks_1_4, BlocksArgs) { gather_blocks<uint8_t, int32_t>(a); }
KERNEL(gather_blocks_1_8, BlocksArgs) { gather_blocks<uint8_t, int64_t>(a); }
KERNEL(gather_blocks_4_4, BlocksArgs) { gather_blocks<uint32_t, int32_t>(a); }
KERNEL(gather_blocks_4_8, BlocksArgs) { gather_blocks<uint32_t, int64_t>(a); }
KERNEL(gather_blocks_8_4, BlocksArgs) { gather_blocks<uint64_t, int32_t>(a); }
KERNEL(gather_blocks_8_8, BlocksArgs) { gather_blocks<uint64_t, int64_t>(a); }

struct TopKArgs {
    const float* x;      // [outer, extent, inner]
    float* values;       // [outer, k, inner]; null where nobody wants them
    int64_t* places;     // [outer, k, inner]; null where nobody wants them
    int length;          // of x
    int extent;
    int k;
    int inner;
    int largest;
};

// Whether x comes before y: NaN is the greatest, and of equal ones the first comes first.
INLINE bool precedes(float x, int xAt, float y, int yAt, int largest) {
    bool xNan = x != x;
    bool yNan = y != y;
    if (xNan != yNan) {
        return largest ? xNan : yNan;
    }
    if (xNan || x == y) {
        return xAt < yAt;
    }
    return largest ? x > y : x < y;
}

// A thread an element counts those that come before it, and goes to its place if that is one of the first k: no order of
// writing, no scratch memory, and for axes of some thousands as fast as sorting them. Grid: length / block.
KERNEL(top_k, TopKArgs) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= a.length) {
        return;
    }
    int own = i / a.inner % a.extent;
    int outer = i / a.inner / a.extent;
    const float* row = a.x + outer * a.extent * a.inner + i % a.inner;
    float x = a.x[i];
    int before = 0;
    for (int other = 0; other < a.extent && before < a.k; other++) {
        before += precedes(row[other * a.inner], other, x, own, a.largest) ? 1 : 0;
    }
    if (before < a.k) {
        int to = (outer * a.k + before) * a.inner + i % a.inner;
        if (a.values != nullptr) {
            a.values[to] = x;
        }
        if (a.places != nullptr) {
            a.places[to] = own;
        }
    }
}
