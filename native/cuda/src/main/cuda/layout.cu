// Kernels that move elements and compute nothing. Elements are known by their size in bytes. Oracle: ScalarLayout.
#include "nereid.cuh"

struct CopyArgs {
    const void* x;
    void* y;
    int length;
    int rank;
    int dims[MOST_DIMS];
    int xStrides[MOST_DIMS];
    int yStrides[MOST_DIMS];
};

template <typename T>
INLINE void copy(const CopyArgs& c) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= c.length) {
        return;
    }
    int from = 0;
    int to = 0;
#pragma unroll 1
    for (int axis = c.rank - 1; axis >= 0; axis--) {
        int place = i % c.dims[axis];
        i /= c.dims[axis];
        from += place * c.xStrides[axis];
        to += place * c.yStrides[axis];
    }
    static_cast<T*>(c.y)[to] = static_cast<const T*>(c.x)[from];
}

// A box of elements from one strided layout to another, a thread an element: slices, concatenations, repetitions, any
// permutation of axes. Strides of 0 in x repeat, negative ones walk backwards.
KERNEL(copy_1, CopyArgs) { copy<uint8_t>(a); }
KERNEL(copy_2, CopyArgs) { copy<uint16_t>(a); }
KERNEL(copy_4, CopyArgs) { copy<uint32_t>(a); }
KERNEL(copy_8, CopyArgs) { copy<uint64_t>(a); }

constexpr int SQUARE = 32;

struct TransposeArgs {
    const uint32_t* x;  // [batch, rows, columns]
    uint32_t* y;        // [batch, columns, rows]
    int rows;
    int columns;
};

// The two inner axes change places, through a square in shared memory, so that both sides are read and written along
// their rows; the column more keeps its columns off one bank. Grid: columns / 32, rows / 32, batch; block: 32 x 8.
KERNEL(transpose_4, TransposeArgs) {
    __shared__ uint32_t square[SQUARE][SQUARE + 1];
    const uint32_t* x = a.x + static_cast<size_t>(blockIdx.z) * a.rows * a.columns;
    uint32_t* y = a.y + static_cast<size_t>(blockIdx.z) * a.rows * a.columns;
    int column = blockIdx.x * SQUARE + threadIdx.x;
    for (int i = threadIdx.y; i < SQUARE; i += blockDim.y) {
        int row = blockIdx.y * SQUARE + i;
        if (row < a.rows && column < a.columns) {
            square[i][threadIdx.x] = x[row * a.columns + column];
        }
    }
    __syncthreads();
    int row = blockIdx.y * SQUARE + threadIdx.x;
    for (int i = threadIdx.y; i < SQUARE; i += blockDim.y) {
        int to = blockIdx.x * SQUARE + i;
        if (row < a.rows && to < a.columns) {
            y[to * a.rows + row] = square[threadIdx.x][i];
        }
    }
}

struct GatherArgs {
    const void* x;        // [outer, extent, inner]
    const void* indices;  // [count]; negative ones count from the end
    void* y;              // [outer, count, inner]
    int* outside;         // becomes 1 where an index is outside; its elements are zeros
    int length;
    int extent;
    int count;
    int inner;
};

template <typename T, typename Index>
INLINE void gather(const GatherArgs& g) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= g.length) {
        return;
    }
    int within = i % g.inner;
    int number = i / g.inner % g.count;
    int outer = i / g.inner / g.count;
    Index index = static_cast<const Index*>(g.indices)[number];
    index = index < 0 ? index + g.extent : index;
    bool inside = index >= 0 && index < g.extent;
    if (!inside) {
        *g.outside = 1;
    }
    static_cast<T*>(g.y)[i] =
        inside ? static_cast<const T*>(g.x)[(outer * g.extent + static_cast<int>(index)) * g.inner + within] : T(0);
}

// y[o, i] = x[o, indices[i]]; named by the bytes of an element and of an index.
KERNEL(gather_1_4, GatherArgs) { gather<uint8_t, int32_t>(a); }
KERNEL(gather_1_8, GatherArgs) { gather<uint8_t, int64_t>(a); }
KERNEL(gather_4_4, GatherArgs) { gather<uint32_t, int32_t>(a); }
KERNEL(gather_4_8, GatherArgs) { gather<uint32_t, int64_t>(a); }
KERNEL(gather_8_4, GatherArgs) { gather<uint64_t, int32_t>(a); }
KERNEL(gather_8_8, GatherArgs) { gather<uint64_t, int64_t>(a); }

struct FillArgs {
    void* y;
    uint64_t value;
    int length;
};

template <typename T>
INLINE void fill(const FillArgs& f) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < f.length) {
        static_cast<T*>(f.y)[i] = static_cast<T>(f.value);
    }
}

KERNEL(fill_1, FillArgs) { fill<uint8_t>(a); }
KERNEL(fill_2, FillArgs) { fill<uint16_t>(a); }
KERNEL(fill_4, FillArgs) { fill<uint32_t>(a); }
KERNEL(fill_8, FillArgs) { fill<uint64_t>(a); }
