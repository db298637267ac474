// Integers put together along an axis, and running totals of integers and FP32.
//
// Integers are added and multiplied modulo 2^32 or 2^64, so no order matters. Rows that are dense get a block each; where
// other axes lie further in, a thread takes a column. A running total is one thread's: its terms come one after the other,
// of FP32 as doubles, as on the CPU. Oracle: ScalarReduce.
#include "nereid.cuh"

constexpr int TOTAL_THREADS = 256;

struct TotalArgs {
    const void* x;  // [outer, reduced, inner]
    void* y;        // [outer, inner]
    int outer;
    int reduced;
    int inner;
    int unused;
};

template <typename T>
struct Unsigned {
    using Type = uint32_t;
};

template <>
struct Unsigned<int64_t> {
    using Type = uint64_t;
};

template <typename T>
struct Added {
    static INLINE T start() { return 0; }
    static INLINE T join(T x, T y) {
        using U = typename Unsigned<T>::Type;
        return static_cast<T>(static_cast<U>(x) + static_cast<U>(y));
    }
};

template <typename T>
struct Multiplied {
    static INLINE T start() { return 1; }
    static INLINE T join(T x, T y) {
        using U = typename Unsigned<T>::Type;
        return static_cast<T>(static_cast<U>(x) * static_cast<U>(y));
    }
};

template <typename T>
struct Greatest {
    static INLINE T start() { return static_cast<T>(typename Unsigned<T>::Type(1) << (8 * sizeof(T) - 1)); }
    static INLINE T join(T x, T y) { return x > y ? x : y; }
};

template <typename T>
struct Least {
    static INLINE T start() { return static_cast<T>(~(typename Unsigned<T>::Type(1) << (8 * sizeof(T) - 1))); }
    static INLINE T join(T x, T y) { return x < y ? x : y; }
};

template <typename T>
struct Itself {
    static INLINE T of(T x) { return x; }
};

template <typename T>
struct Square {
    static INLINE T of(T x) { return Multiplied<T>::join(x, x); }
};

template <typename T>
struct Magnitude {
    static INLINE T of(T x) {
        using U = typename Unsigned<T>::Type;
        return x < 0 ? static_cast<T>(U(0) - static_cast<U>(x)) : x;
    }
};

template <typename T, typename Operation, typename Term>
INLINE void total_rows(const TotalArgs& a, T* shared) {
    const T* row = static_cast<const T*>(a.x) + static_cast<size_t>(blockIdx.x) * a.reduced;
    T total = Operation::start();
    for (int i = threadIdx.x; i < a.reduced; i += TOTAL_THREADS) {
        total = Operation::join(total, Term::of(row[i]));
    }
    shared[threadIdx.x] = total;
    for (unsigned half = TOTAL_THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half) {
            shared[threadIdx.x] = Operation::join(shared[threadIdx.x], shared[threadIdx.x + half]);
        }
    }
    if (threadIdx.x == 0) {
        static_cast<T*>(a.y)[blockIdx.x] = shared[0];
    }
}

template <typename T, typename Operation, typename Term>
INLINE void total_columns(const TotalArgs& a) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.outer * a.inner) {
        return;
    }
    const T* column =
        static_cast<const T*>(a.x) + static_cast<size_t>(at / a.inner) * a.reduced * a.inner + at % a.inner;
    T total = Operation::start();
    for (int i = 0; i < a.reduced; i++) {
        total = Operation::join(total, Term::of(column[static_cast<size_t>(i) * a.inner]));
    }
    static_cast<T*>(a.y)[at] = total;
}

// NAME_rows: inner is 1; grid: outer, block: 256. NAME_columns: grid: outer * inner / block.
#define TOTAL(name, type, T, Operation, Term)                      \
    KERNEL(reduce_##name##_##type##_rows, TotalArgs) {             \
        __shared__ T shared[TOTAL_THREADS];                        \
        total_rows<T, Operation<T>, Term<T>>(a, shared);           \
    }                                                              \
    KERNEL(reduce_##name##_##type##_columns, TotalArgs) { total_columns<T, Operation<T>, Term<T>>(a); }

// The rows of dev.nereid.kernels.reduce.ReduceOp whose result of integers is one.
#define TOTALS(type, T)                              \
    TOTAL(sum, type, T, Added, Itself)               \
    TOTAL(product, type, T, Multiplied, Itself)      \
    TOTAL(max, type, T, Greatest, Itself)            \
    TOTAL(min, type, T, Least, Itself)               \
    TOTAL(sum_square, type, T, Added, Square)        \
    TOTAL(l1, type, T, Added, Magnitude)

TOTALS(int32, int32_t)
TOTALS(int64, int64_t)

struct RunningArgs {
    const void* x;  // [outer, extent, inner]
    void* y;        // [outer, extent, inner]
    int outer;
    int extent;
    int inner;
    int exclusive;  // whether a total is without its own element
    int reverse;    // whether totals begin at the end
    int unused;
};

template <typename T, typename Total, typename Operation>
INLINE void running(const RunningArgs& a) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.outer * a.inner) {
        return;
    }
    size_t start = static_cast<size_t>(at / a.inner) * a.extent * a.inner + at % a.inner;
    const T* x = static_cast<const T*>(a.x) + start;
    T* y = static_cast<T*>(a.y) + start;
    Total total = Operation::start();
    for (int i = 0; i < a.extent; i++) {
        size_t place = static_cast<size_t>(a.reverse != 0 ? a.extent - 1 - i : i) * a.inner;
        Total before = total;
        total = Operation::join(total, x[place]);
        y[place] = static_cast<T>(a.exclusive != 0 ? before : total);
    }
}

template <>
struct Added<double> {
    static INLINE double start() { return 0; }
    static INLINE double join(double x, double y) { return x + y; }
};

template <>
struct Multiplied<double> {
    static INLINE double start() { return 1; }
    static INLINE double join(double x, double y) { return x * y; }
};

// Grid: outer * inner / block. y may be x. The rows of dev.nereid.kernels.reduce.Accumulation that ONNX has.
#define RUNNING(type, T, Total)                                                             \
    KERNEL(running_sum_##type, RunningArgs) { running<T, Total, Added<Total>>(a); }         \
    KERNEL(running_product_##type, RunningArgs) { running<T, Total, Multiplied<Total>>(a); }

RUNNING(fp32, float, double)
RUNNING(int32, int32_t, int32_t)
RUNNING(int64, int64_t, int64_t)
