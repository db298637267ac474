// Updates put, added, multiplied ... into a tensor at the places that indices name, in the order of the updates.
//
// Several updates may have the same place. What comes out must not depend on which thread is the first, and is to be what
// one loop over all updates gives, rounding included:
//  1. scatter_*places_*: a thread an update finds its place, and the first and the last update of each place become known
//     by an atomic minimum and maximum of their numbers, which are the same in whatever order threads come;
//  2. scatter_SIZE: the last update of a place stores its elements, all others nothing;
//     scatter_OPERATION_TYPE: the first update of a place applies all of that place, itself to the last, in ascending
//     order. Where a place has one update, which is usual, that is one.
// Updates of one place are a whole number of steps apart: those along the axis for elements, 1 for blocks.
//
// Oracle: dev.nereid.models.operators.movement.Scatter.
#include "indices.cuh"

template <typename Places>
struct PlacesArgs {
    Places places;
    int* at;     // [updates]: the place of each, or -1
    int* first;  // [places]: greater than any number of an update before
    int* last;   // [places]: -1 before
    int updates;
    int unused;
};

template <typename Places, typename Index>
INLINE void find_places(const PlacesArgs<Places>& p) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= p.updates) {
        return;
    }
    int at = place<Index>(p.places, i);
    p.at[i] = at;
    if (at >= 0) {
        atomicMin(p.first + at, i);
        atomicMax(p.last + at, i);
    }
}

// Named by the bytes of an index. Grid of all: updates / block.
KERNEL(scatter_element_places_4, PlacesArgs<ElementPlaces>) { find_places<ElementPlaces, int32_t>(a); }
KERNEL(scatter_element_places_8, PlacesArgs<ElementPlaces>) { find_places<ElementPlaces, int64_t>(a); }
KERNEL(scatter_block_places_4, PlacesArgs<VectorPlaces>) { find_places<VectorPlaces, int32_t>(a); }
KERNEL(scatter_block_places_8, PlacesArgs<VectorPlaces>) { find_places<VectorPlaces, int64_t>(a); }

struct ScatterArgs {
    const void* updates;  // [updates, block]
    void* y;              // [places, block]
    const int* at;
    const int* first;
    const int* last;
    int length;           // of the updates, in elements
    int block;
    int step;             // between updates that may have the same place
    int unused;
};

template <typename T>
INLINE void scatter(const ScatterArgs& s) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= s.length) {
        return;
    }
    int update = i / s.block;
    int at = s.at[update];
    if (at >= 0 && s.last[at] == update) {
        static_cast<T*>(s.y)[at * s.block + i % s.block] = static_cast<const T*>(s.updates)[i];
    }
}

// Named by the bytes of an element. Grid of all: elements of the updates / block.
KERNEL(scatter_1, ScatterArgs) { scatter<uint8_t>(a); }
KERNEL(scatter_2, ScatterArgs) { scatter<uint16_t>(a); }
KERNEL(scatter_4, ScatterArgs) { scatter<uint32_t>(a); }
KERNEL(scatter_8, ScatterArgs) { scatter<uint64_t>(a); }

// Neither NaN nor the sign of a zero is lost: -0 is less than 0.
INLINE float least(float x, float y) { return x == y ? (signbit(x) ? x : y) : smaller(x, y); }
INLINE float greatest(float x, float y) { return x == y ? (signbit(x) ? y : x) : larger(x, y); }

#define SCATTER(name, T, expression)                                                     \
    INLINE T scattered_##name(T x, T y) { return expression; }                           \
    KERNEL(scatter_##name, ScatterArgs) {                                                \
        int i = blockIdx.x * blockDim.x + threadIdx.x;                                   \
        if (i >= a.length) {                                                             \
            return;                                                                      \
        }                                                                                \
        int update = i / a.block;                                                        \
        int at = a.at[update];                                                           \
        if (at < 0 || a.first[at] != update) {                                           \
            return;                                                                      \
        }                                                                                \
        int within = i % a.block;                                                        \
        T value = static_cast<const T*>(a.y)[at * a.block + within];                     \
        int last = a.last[at];                                                           \
        for (int next = update; next <= last; next += a.step) {                          \
            if (a.at[next] == at) {                                                      \
                T with = static_cast<const T*>(a.updates)[next * a.block + within];      \
                value = scattered_##name(value, with);                                   \
            }                                                                            \
        }                                                                                \
        static_cast<T*>(a.y)[at * a.block + within] = value;                             \
    }

// The rows of dev.nereid.kernels.elementwise.BinaryOp that ONNX's reductions are, with the datatype.
SCATTER(add_fp32, float, x + y)
SCATTER(mul_fp32, float, x * y)
SCATTER(min_fp32, float, least(x, y))
SCATTER(max_fp32, float, greatest(x, y))
SCATTER(add_int32, int32_t, static_cast<int32_t>(static_cast<uint32_t>(x) + static_cast<uint32_t>(y)))
SCATTER(mul_int32, int32_t, static_cast<int32_t>(static_cast<uint32_t>(x) * static_cast<uint32_t>(y)))
SCATTER(min_int32, int32_t, x < y ? x : y)
SCATTER(max_int32, int32_t, x > y ? x : y)
SCATTER(add_int64, int64_t, static_cast<int64_t>(static_cast<uint64_t>(x) + static_cast<uint64_t>(y)))
SCATTER(mul_int64, int64_t, static_cast<int64_t>(static_cast<uint64_t>(x) * static_cast<uint64_t>(y)))
SCATTER(min_int64, int64_t, x < y ? x : y)
SCATTER(max_int64, int64_t, x > y ? x : y)
