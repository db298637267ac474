// Places that tensors of indices name. An index outside of its axis sets a flag, and nothing is read or written for it.
#pragma once

#include "nereid.cuh"

// Index number i, counted from the end where it is negative; -1 where it is outside of the axis.
template <typename Index>
INLINE int index_of(const void* indices, int i, int extent, int* outside) {
    Index index = static_cast<const Index*>(indices)[i];
    index = index < 0 ? index + extent : index;
    if (index < 0 || index >= extent) {
        *outside = 1;
        return -1;
    }
    return static_cast<int>(index);
}

// One index an element, along an axis of a tensor.
struct ElementPlaces {
    const void* indices;
    int* outside;  // becomes 1 where an index is outside
    int rank;
    int axis;      // along which indices point
    int extent;    // of that axis
    int unused;
    int dims[MOST_DIMS];     // of the indices
    int strides[MOST_DIMS];  // of the tensor that indices point into
};

// The place that index number i points to; -1 where it is outside.
template <typename Index>
INLINE int place(const ElementPlaces& e, int i) {
    int index = index_of<Index>(e.indices, i, e.extent, e.outside);
    int at = 0;
#pragma unroll 1
    for (int axis = e.rank - 1; axis >= 0; axis--) {
        int along = axis == e.axis ? index : i % e.dims[axis];
        i /= e.dims[axis];
        at += along * e.strides[axis];
    }
    return index < 0 ? -1 : at;
}

// One vector of indices a block, which point along the axes of a tensor that follow those of a batch.
struct VectorPlaces {
    const void* indices;  // [vectors, length]
    int* outside;         // becomes 1 where an index is outside
    int length;           // of a vector
    int eachBatch;        // vectors of each item of the batch
    int extents[MOST_DIMS];  // of the axes
};

// The number of the block that vector number i points to; -1 where it is outside.
template <typename Index>
INLINE int place(const VectorPlaces& v, int i) {
    int at = i / v.eachBatch;
    bool inside = true;
#pragma unroll 1
    for (int j = 0; j < v.length; j++) {
        int index = index_of<Index>(v.indices, i * v.length + j, v.extents[j], v.outside);
        inside = inside && index >= 0;
        at = at * v.extents[j] + index;
    }
    return inside ? at : -1;
}
