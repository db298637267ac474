// Where the greatest or least number along an axis is, the first of equal ones or the last.
//
// A number takes the place of the best before it if it is greater (less), so that NaN is found where it is the first of
// all, and nowhere else. Rows that are dense get a block each, whose threads take every 256th number; where other axes lie
// further in, a thread takes a column. What is found does not depend on the order of comparing. Oracles: RealArgMinMaxLoop,
// IntegerArgMinMaxLoop.
#include "nereid.cuh"

constexpr int EXTREME_THREADS = 256;
constexpr int EXTREME_WARPS = EXTREME_THREADS / WARP;

struct ExtremeArgs {
    const void* x;  // [outer, extent, inner]
    int64_t* y;     // [outer, inner]
    int outer;
    int extent;
    int inner;
    int greatest;
    int last;       // whether the last of equal ones is wanted
    int unused;
};

// A number and its place; a place of -1 is none.
template <typename T>
struct Found {
    T value;
    int place;
};

template <typename T>
INLINE Found<T> better(const ExtremeArgs& e, Found<T> one, Found<T> other) {
    if (one.place < 0 || other.place < 0) {
        return one.place < 0 ? other : one;
    }
    if (one.value == other.value) {
        return (one.place < other.place) == (e.last == 0) ? one : other;
    }
    return (one.value > other.value) == (e.greatest != 0) ? one : other;
}

// A number that stands for itself, or none for NaN.
template <typename T>
INLINE Found<T> found(T value, int place) {
    return {value, value == value ? place : -1};
}

template <typename T>
INLINE void extreme_rows(const ExtremeArgs& e, Found<T>* shared) {
    const T* row = static_cast<const T*>(e.x) + static_cast<size_t>(blockIdx.x) * e.extent;
    Found<T> best = {T(0), -1};
    for (int i = threadIdx.x; i < e.extent; i += EXTREME_THREADS) {
        best = better(e, best, found(row[i], i));
    }
    for (int distance = WARP / 2; distance > 0; distance /= 2) {
        Found<T> other;
        other.value = __shfl_xor_sync(0xffffffffu, best.value, distance);
        other.place = __shfl_xor_sync(0xffffffffu, best.place, distance);
        best = better(e, best, other);
    }
    if (threadIdx.x % WARP == 0) {
        shared[threadIdx.x / WARP] = best;
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int warp = 1; warp < EXTREME_WARPS; warp++) {
            best = better(e, best, shared[warp]);
        }
        e.y[blockIdx.x] = row[0] == row[0] ? best.place : 0;
    }
}

template <typename T>
INLINE void extreme_columns(const ExtremeArgs& e) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= e.outer * e.inner) {
        return;
    }
    const T* column = static_cast<const T*>(e.x) + at / e.inner * e.extent * e.inner + at % e.inner;
    Found<T> best = {column[0], 0};
    for (int i = 1; i < e.extent && best.value == best.value; i++) {
        best = better(e, best, found(column[i * e.inner], i));
    }
    e.y[at] = best.place;
}

// NAME_rows: inner is 1; grid: outer, block: 256. NAME_columns: grid: outer * inner / block.
#define EXTREME(name, T)                                    \
    KERNEL(extreme_rows_##name, ExtremeArgs) {              \
        __shared__ Found<T> shared[EXTREME_WARPS];          \
        extreme_rows<T>(a, shared);                         \
    }                                                       \
    KERNEL(extreme_columns_##name, ExtremeArgs) { extreme_columns<T>(a); }

EXTREME(fp32, float)
EXTREME(int8, int8_t)
EXTREME(uint8, uint8_t)
EXTREME(int32, int32_t)
EXTREME(int64, int64_t)
