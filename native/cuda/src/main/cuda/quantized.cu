// Integers of 8 bits: quantising, and products whose sums are exact.
//
// Sums of products are integers, so that their order does not matter. Oracles: ScalarInt8Product and ScalarQuantization.
#include "integers.cuh"

constexpr int RANGE_THREADS = 256;
constexpr int RANGE_WARPS = RANGE_THREADS / WARP;

struct RangeArgs {
    const float* x;
    float* ranges;  // [blocks, 2]: the least and the greatest of what a block has seen, and 0
    int length;
};

// NaN is in no range.
INLINE void write_range(float* ranges, float least, float most, float* shared) {
    least = -block_max<RANGE_WARPS>(-least, shared);
    most = block_max<RANGE_WARPS>(most, shared);
    if (threadIdx.x == 0) {
        ranges[0] = least;
        ranges[1] = most;
    }
}

// Grid: any, block: 256.
KERNEL(range_blocks, RangeArgs) {
    __shared__ float shared[RANGE_WARPS];
    float least = 0;
    float most = 0;
    for (int i = blockIdx.x * RANGE_THREADS + threadIdx.x; i < a.length; i += gridDim.x * RANGE_THREADS) {
        float x = a.x[i];
        least = x < least ? x : least;
        most = x > most ? x : most;
    }
    write_range(a.ranges + 2 * blockIdx.x, least, most, shared);
}

struct RangeScaleArgs {
    float* ranges;  // [blocks, 2]; the first becomes the range of all
    float* scale;
    uint8_t* zeroPoint;
    int blocks;
};

// The linear mapping of the whole range to 0..255, in which 0 is exact. Grid: 1, block: 256.
KERNEL(range_scale, RangeScaleArgs) {
    __shared__ float shared[RANGE_WARPS];
    float least = 0;
    float most = 0;
    for (int i = threadIdx.x; i < a.blocks; i += RANGE_THREADS) {
        least = smaller(least, a.ranges[2 * i]);
        most = larger(most, a.ranges[2 * i + 1]);
    }
    __syncthreads();
    write_range(a.ranges, least, most, shared);
    if (threadIdx.x == 0) {
        float scale = (a.ranges[1] - a.ranges[0]) / 255.0f;
        *a.scale = scale == 0 ? 1.0f : scale;
        *a.zeroPoint = scale == 0 ? 0 : static_cast<uint8_t>(smaller(larger(rintf(-a.ranges[0] / scale), 0), 255));
    }
}

struct QuantizeArgs {
    const void* x;
    void* y;
    const float* scales;     // one, or one a channel
    const void* zeroPoints;  // of the integers' type; null for 0
    int length;
    int channels;  // 1 where there is one scale
    int inner;     // elements side by side that have the same scale
};

INLINE int channel_of(const QuantizeArgs& q, int i) { return q.channels == 1 ? 0 : i / q.inner % q.channels; }

template <typename T>
INLINE void quantize(const QuantizeArgs& q, float lowest, float highest) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= q.length) {
        return;
    }
    int channel = channel_of(q, i);
    float zero = q.zeroPoints != nullptr ? static_cast<float>(static_cast<const T*>(q.zeroPoints)[channel]) : 0.0f;
    float quotient = static_cast<const float*>(q.x)[i] / q.scales[channel];
    // NaN counts as 0.
    float value = (quotient != quotient ? 0.0f : rintf(quotient)) + zero;
    value = value < lowest ? lowest : value > highest ? highest : value;
    static_cast<T*>(q.y)[i] = static_cast<T>(value);
}

// y = saturate(round(x / scale) + zero point). Grid: length / block.
KERNEL(quantize_int8, QuantizeArgs) { quantize<int8_t>(a, -128, 127); }
KERNEL(quantize_uint8, QuantizeArgs) { quantize<uint8_t>(a, 0, 255); }

template <typename T>
INLINE void dequantize(const QuantizeArgs& q) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= q.length) {
        return;
    }
    int channel = channel_of(q, i);
    float zero = q.zeroPoints != nullptr ? static_cast<float>(static_cast<const T*>(q.zeroPoints)[channel]) : 0.0f;
    static_cast<float*>(q.y)[i] = (static_cast<float>(static_cast<const T*>(q.x)[i]) - zero) * q.scales[channel];
}

// y = (x - zero point) * scale. Grid: length / block.
KERNEL(dequantize_int8, QuantizeArgs) { dequantize<int8_t>(a); }
KERNEL(dequantize_uint8, QuantizeArgs) { dequantize<uint8_t>(a); }
KERNEL(dequantize_int32, QuantizeArgs) { dequantize<int32_t>(a); }

struct IntegerProductArgs {
    const uint8_t* a;       // [m, k]
    const uint8_t* b;       // [k, n]
    const uint8_t* aZeros;  // of a's type: one, or one a row; null for 0
    const uint8_t* bZeros;  // of b's type: one, or one a column; null for 0
    void* c;                // [m, n]
    const float* aScale;    // one
    const float* bScales;   // one, or one a column
    const float* cScale;    // one, of integers that c is quantised to
    const uint8_t* cZero;   // one, of c's type
    const float* bias;      // one a column, added to scaled sums; null for none
    int m;
    int n;
    int k;
    int aSigned;
    int bSigned;
    int cSigned;
    int aZeroStride;  // 0 for one, 1 for one a row
    int bZeroStride;
    int bScaleStride;
};

template <typename Store>
INLINE void integer_product(const IntegerProductArgs& p, IntegerTile& tile, Store store) {
    integer_tile(
        tile, blockIdx.x * INTEGER_SIDE, blockIdx.y * INTEGER_SIDE, p.m, p.n, p.k, true,
        [&](int row, int k) {
            return integer(p.a[static_cast<size_t>(row) * p.k + k], p.aSigned) -
                   zero_of(p.aZeros, row * p.aZeroStride, p.aSigned);
        },
        [&](int k, int column) {
            return integer(p.b[static_cast<size_t>(k) * p.n + column], p.bSigned) -
                   zero_of(p.bZeros, column * p.bZeroStride, p.bSigned);
        },
        [&](int row, int column, int sum) { store(row * p.n + column, column, sum); });
}

// c = (a - a's zero) * (b - b's zero). Grid of all: rows / 64, columns / 64; block: 256.
KERNEL(integer_product, IntegerProductArgs) {
    __shared__ IntegerTile tile;
    integer_product(a, tile, [&](int at, int, int sum) { static_cast<int32_t*>(a.c)[at] = sum; });
}

// c = sum * (a's scale * b's scale) + bias.
KERNEL(integer_product_scaled, IntegerProductArgs) {
    __shared__ IntegerTile tile;
    integer_product(a, tile, [&](int at, int column, int sum) {
        float scaled = static_cast<float>(sum) * (*a.aScale * a.bScales[column * a.bScaleStride]);
        static_cast<float*>(a.c)[at] = a.bias != nullptr ? scaled + a.bias[column] : scaled;
    });
}

// c = saturate(round(sum * (a's scale * b's scale / c's scale)) + c's zero).
KERNEL(integer_product_quantized, IntegerProductArgs) {
    __shared__ IntegerTile tile;
    integer_product(a, tile, [&](int at, int column, int sum) {
        float multiplier = *a.aScale * a.bScales[column * a.bScaleStride] / *a.cScale;
        static_cast<uint8_t*>(a.c)[at] = requantized(sum, multiplier, *a.cZero, a.cSigned);
    });
}
