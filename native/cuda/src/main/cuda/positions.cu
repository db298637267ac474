// Elements that are made of their own place: one-hot vectors, ranges, triangles. Elements that are only moved are known by
// their size in bytes. Oracle: the operators OneHot, Range and Trilu of dev.nereid.models.operators.movement.
#include "nereid.cuh"

struct OneHotArgs {
    const void* indices;  // [outer, inner]
    const void* values;   // [2]: what is elsewhere, and what is where the index is
    void* y;              // [outer, depth, inner]
    int length;           // of y
    int depth;
    int inner;
    int counts;           // whether negative indices count from the end
};

// An index outside is nowhere.
template <typename T, typename Index>
INLINE void one_hot(const OneHotArgs& o) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= o.length) {
        return;
    }
    int at = i / o.inner % o.depth;
    Index index = static_cast<const Index*>(o.indices)[i / o.inner / o.depth * o.inner + i % o.inner];
    bool hot = index == at || (o.counts && index < 0 && index + o.depth == at);
    static_cast<T*>(o.y)[i] = static_cast<const T*>(o.values)[hot ? 1 : 0];
}

// Named by the bytes of an element and of an index. Grid of all: elements of y / block.
KERNEL(one_hot_1_4, OneHotArgs) { one_hot<uint8_t, int32_t>(a); }
KERNEL(one_hot_1_8, OneHotArgs) { one_hot<uint8_t, int64_t>(a); }
KERNEL(one_hot_4_4, OneHotArgs) { one_hot<uint32_t, int32_t>(a); }
KERNEL(one_hot_4_8, OneHotArgs) { one_hot<uint32_t, int64_t>(a); }
KERNEL(one_hot_8_4, OneHotArgs) { one_hot<uint64_t, int32_t>(a); }
KERNEL(one_hot_8_8, OneHotArgs) { one_hot<uint64_t, int64_t>(a); }

struct RangeOfArgs {
    const void* start;
    const void* delta;
    void* y;
    int length;
    int unused;
};

// y[i] = start + i * delta, modulo 2^32 or 2^64.
template <typename Unsigned>
INLINE void range_of(const RangeOfArgs& r) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < r.length) {
        Unsigned start = *static_cast<const Unsigned*>(r.start);
        static_cast<Unsigned*>(r.y)[i] = start + static_cast<Unsigned>(i) * *static_cast<const Unsigned*>(r.delta);
    }
}

KERNEL(range_of_int32, RangeOfArgs) { range_of<uint32_t>(a); }
KERNEL(range_of_int64, RangeOfArgs) { range_of<uint64_t>(a); }

struct TriangleArgs {
    const void* x;      // [..., rows, columns]
    void* y;
    const int64_t* k;   // by how much the diagonal is moved to the right; null for 0
    int length;
    int rows;
    int columns;
    int upper;
};

template <typename T>
INLINE void triangle(const TriangleArgs& t) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= t.length) {
        return;
    }
    int64_t distance = i % t.columns - i / t.columns % t.rows;
    int64_t k = t.k != nullptr ? *t.k : 0;
    bool inside = t.upper ? distance >= k : distance <= k;
    static_cast<T*>(t.y)[i] = inside ? static_cast<const T*>(t.x)[i] : T(0);
}

KERNEL(triangle_1, TriangleArgs) { triangle<uint8_t>(a); }
KERNEL(triangle_2, TriangleArgs) { triangle<uint16_t>(a); }
KERNEL(triangle_4, TriangleArgs) { triangle<uint32_t>(a); }
KERNEL(triangle_8, TriangleArgs) { triangle<uint64_t>(a); }
