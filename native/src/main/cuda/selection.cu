// Elements picked and put one by one, and the first of an order.
//
// Indices outside of their axis set a flag, as those of gather in layout.cu. Oracles: dev.nereid.models.operators.movement.
#include "nereid.cuh"

struct ElementsArgs {
    const void* x;        // what is picked from, or what is put
    const void* indices;  // one an element
    void* y;
    int* outside;         // becomes 1 where an index is outside
    int length;           // of the indices
    int rank;
    int axis;             // along which indices point
    int extent;           // of that axis
    int dims[MOST_DIMS];     // of the indices
    int strides[MOST_DIMS];  // of the tensor that indices point into
};

// The place that index number i points to; -1 where it is outside.
template <typename Index>
INLINE int place(const ElementsArgs& e, int i) {
    Index index = static_cast<const Index*>(e.indices)[i];
    index = index < 0 ? index + e.extent : index;
    if (index < 0 || index >= e.extent) {
        *e.outside = 1;
        return -1;
    }
    int at = 0;
#pragma unroll 1
    for (int axis = e.rank - 1; axis >= 0; axis--) {
        int along = axis == e.axis ? static_cast<int>(index) : i % e.dims[axis];
        i /= e.dims[axis];
        at += along * e.strides[axis];
    }
    return at;
}

template <typename T, typename Index>
INLINE void gather_elements(const ElementsArgs& e) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < e.length) {
        int from = place<Index>(e, i);
        static_cast<T*>(e.y)[i] = from < 0 ? T(0) : static_cast<const T*>(e.x)[from];
    }
}

// y[i] = x at i with indices[i] along the axis; named by the bytes of an element and of an index. Grid: length / block.
KERNEL(gather_elements_4_4, ElementsArgs) { gather_elements<uint32_t, int32_t>(a); }
KERNEL(gather_elements_4_8, ElementsArgs) { gather_elements<uint32_t, int64_t>(a); }
KERNEL(gather_elements_8_4, ElementsArgs) { gather_elements<uint64_t, int32_t>(a); }
KERNEL(gather_elements_8_8, ElementsArgs) { gather_elements<uint64_t, int64_t>(a); }

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
