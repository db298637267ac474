// Convolutions of integers of 8 bits over two axes: sums of (x - x's zero) * (w - w's zero), which are exact, as INT32 or
// quantised again. What lies beyond the edges adds nothing.
//
// x: [batch, channels, height, width]; w: [filters, channels / groups, kernel height, kernel width];
// y: [batch, filters, output height, output width]; or x and y with their channels last.
//
// Oracle: ScalarInt8Convolution. From simple to fast:
//  1. integer_convolution_direct: a thread an output element, all taps of all channels of its group; what depthwise
//     convolutions need;
//  2. integer_convolution_tiled: an implicit matrix product for each group: rows are filters, columns the output pixels
//     of all items, k counts channels and taps. Columns of x are gathered while tiles are loaded and never written to
//     memory.
// Both come as sums (no suffix) and quantised again.
#include "integers.cuh"

struct IntegerConvolutionArgs {
    const uint8_t* x;
    const uint8_t* w;
    void* y;
    const uint8_t* xZero;   // one, of x's type; null for 0
    const uint8_t* wZeros;  // of w's type: one, or one a filter; null for 0
    const float* xScale;    // from here on for what is quantised again: one
    const float* wScales;   // one, or one a filter
    const float* yScale;    // one
    const uint8_t* yZero;   // one, of y's type
    const int32_t* bias;    // [filters]; null for none
    int xSigned;
    int wSigned;
    int ySigned;
    int wZeroStride;  // 0 for one, 1 for one a filter
    int wScaleStride;
    int batch;
    int channels;
    int filters;
    int groups;
    int channelsLast;  // of x and y
    int height;
    int width;
    int kernelHeight;
    int kernelWidth;
    int strideY;
    int strideX;
    int dilationY;
    int dilationX;
    int paddingY;
    int paddingX;
    int outputHeight;
    int outputWidth;
};

// The window over one output pixel, and where the channels of a group lie under it.
struct IntegerWindow {
    const uint8_t* x;  // the first channel's first pixel
    int zero;
    int top;
    int left;
    int channelStride;
    int pixelStride;
};

INLINE IntegerWindow window(const IntegerConvolutionArgs& c, int item, int pixel, int group) {
    int area = c.height * c.width;
    int first = group * (c.channels / c.groups);
    IntegerWindow window;
    window.channelStride = c.channelsLast ? 1 : area;
    window.pixelStride = c.channelsLast ? c.channels : 1;
    window.x = c.x + item * c.channels * area + first * window.channelStride;
    window.zero = zero_of(c.xZero, 0, c.xSigned);
    window.top = pixel / c.outputWidth * c.strideY - c.paddingY;
    window.left = pixel % c.outputWidth * c.strideX - c.paddingX;
    return window;
}

// What lies under a tap, less its zero; 0 beyond the edges.
INLINE int tap(const IntegerConvolutionArgs& c, const IntegerWindow& window, int channel, int i, int j) {
    int row = window.top + i * c.dilationY;
    int column = window.left + j * c.dilationX;
    bool inside = row >= 0 && row < c.height && column >= 0 && column < c.width;
    int at = channel * window.channelStride + (row * c.width + column) * window.pixelStride;
    return inside ? integer(window.x[at], c.xSigned) - window.zero : 0;
}

INLINE int place(const IntegerConvolutionArgs& c, int item, int pixel, int filter) {
    int pixels = c.outputHeight * c.outputWidth;
    return c.channelsLast ? (item * pixels + pixel) * c.filters + filter : (item * c.filters + filter) * pixels + pixel;
}

struct StoreSums {
    INLINE void operator()(const IntegerConvolutionArgs& c, int at, int, int sum) const {
        static_cast<int32_t*>(c.y)[at] = sum;
    }
};

// y = saturate(round((sum + bias) * (x's scale * w's scale / y's scale)) + y's zero).
struct StoreQuantized {
    INLINE void operator()(const IntegerConvolutionArgs& c, int at, int filter, int sum) const {
        float multiplier = *c.xScale * c.wScales[filter * c.wScaleStride] / *c.yScale;
        unsigned bias = c.bias != nullptr ? static_cast<unsigned>(c.bias[filter]) : 0u;
        int biased = static_cast<int>(static_cast<unsigned>(sum) + bias);
        static_cast<uint8_t*>(c.y)[at] = requantized(biased, multiplier, *c.yZero, c.ySigned);
    }
};

template <typename Store>
INLINE void convolve_direct(const IntegerConvolutionArgs& c, Store store) {
    int pixels = c.outputHeight * c.outputWidth;
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= c.batch * c.filters * pixels) {
        return;
    }
    // Neighbours in y, which differ in their filter where channels are last.
    int pixel = c.channelsLast ? i / c.filters % pixels : i % pixels;
    int filter = c.channelsLast ? i % c.filters : i / pixels % c.filters;
    int item = i / pixels / c.filters;
    int groupChannels = c.channels / c.groups;
    IntegerWindow under = window(c, item, pixel, filter / (c.filters / c.groups));
    const uint8_t* w = c.w + filter * groupChannels * c.kernelHeight * c.kernelWidth;
    int wZero = zero_of(c.wZeros, filter * c.wZeroStride, c.wSigned);
    unsigned sum = 0;
    for (int channel = 0; channel < groupChannels; channel++) {
        for (int y = 0; y < c.kernelHeight; y++) {
            for (int x = 0; x < c.kernelWidth; x++) {
                sum += static_cast<unsigned>(tap(c, under, channel, y, x) * (integer(*w++, c.wSigned) - wZero));
            }
        }
    }
    store(c, place(c, item, pixel, filter), filter, static_cast<int>(sum));
}

template <typename Store>
INLINE void convolve_tiled(const IntegerConvolutionArgs& c, IntegerTile& tile, Store store) {
    const int group = blockIdx.z;
    const int groupFilters = c.filters / c.groups;
    const int taps = c.kernelHeight * c.kernelWidth;
    const int pixels = c.outputHeight * c.outputWidth;
    const int depth = c.channels / c.groups * taps;
    const int column0 = blockIdx.x * INTEGER_SIDE;
    const uint8_t* w = c.w + group * groupFilters * depth;
    // All columns that this thread loads are one: a block's threads cover the tile's columns a whole number of times.
    const int column = column0 + threadIdx.x % INTEGER_SIDE;
    const IntegerWindow under = window(c, column / pixels, column % pixels, group);
    integer_tile(
        tile, blockIdx.y * INTEGER_SIDE, column0, groupFilters, c.batch * pixels, depth, true,
        [&](int row, int k) {
            int zero = zero_of(c.wZeros, (group * groupFilters + row) * c.wZeroStride, c.wSigned);
            return integer(w[row * depth + k], c.wSigned) - zero;
        },
        [&](int k, int) {
            return tap(c, under, k / taps, k % taps / c.kernelWidth, k % taps % c.kernelWidth);
        },
        [&](int row, int at, int sum) {
            int filter = group * groupFilters + row;
            store(c, place(c, at / pixels, at % pixels, filter), filter, sum);
        });
}

// Grid: output elements / block.
KERNEL(integer_convolution_direct, IntegerConvolutionArgs) { convolve_direct(a, StoreSums()); }
KERNEL(integer_convolution_direct_quantized, IntegerConvolutionArgs) { convolve_direct(a, StoreQuantized()); }

// Grid: output pixels of all items / 64, filters of a group / 64, groups; block: 256.
KERNEL(integer_convolution_tiled, IntegerConvolutionArgs) {
    __shared__ IntegerTile tile;
    convolve_tiled(a, tile, StoreSums());
}

KERNEL(integer_convolution_tiled_quantized, IntegerConvolutionArgs) {
    __shared__ IntegerTile tile;
    convolve_tiled(a, tile, StoreQuantized());
}
