// Convolutions of FP32 over two axes: y = activation(conv(x, w) + bias) + residual.
//
// x: [batch, channels, height, width]; w: [filters, channels / groups, kernel height, kernel width]; bias: [filters];
// y and residual: [batch, filters, output height, output width].
//
// Oracle: ScalarChannelsFirst. From simple to fast:
//  1. convolution_direct: a thread an output element, all taps of all channels of its group; what depthwise
//     convolutions need, whose groups have one channel;
//  2. convolution_64, convolution_128: an implicit matrix product for each group: rows are filters, columns the output
//     pixels of all items, k counts channels and taps. Columns of x are gathered while tiles are loaded and never
//     written to memory.
// Both add channels and taps in the same order. winograd.cu does less of 3 x 3 taps, and rounds otherwise.
#include "convolution.cuh"
#include "product.cuh"

struct ConvolutionArgs {
    const float* x;
    const float* w;
    const float* bias;      // null for none
    const float* residual;  // null for none
    float* y;
    int batch;
    int channels;
    int filters;
    int groups;
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
    int activation;
    float activationAlpha;
    float activationBeta;
};

INLINE void finish(const ConvolutionArgs& c, int filter, int at, float sum) { c.y[at] = finished(c, filter, at, sum); }

// Grid: output elements / block.
KERNEL(convolution_direct, ConvolutionArgs) {
    int pixels = a.outputHeight * a.outputWidth;
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.batch * a.filters * pixels) {
        return;
    }
    int pixel = at % pixels;
    int filter = at / pixels % a.filters;
    int item = at / pixels / a.filters;
    int groupChannels = a.channels / a.groups;
    int group = filter / (a.filters / a.groups);
    int top = pixel / a.outputWidth * a.strideY - a.paddingY;
    int left = pixel % a.outputWidth * a.strideX - a.paddingX;
    const float* w = a.w + filter * groupChannels * a.kernelHeight * a.kernelWidth;
    const float* x = a.x + (item * a.channels + group * groupChannels) * a.height * a.width;
    float sum = 0;
    for (int channel = 0; channel < groupChannels; channel++) {
        for (int i = 0; i < a.kernelHeight; i++) {
            int row = top + i * a.dilationY;
            for (int j = 0; j < a.kernelWidth; j++) {
                int column = left + j * a.dilationX;
                if (row >= 0 && row < a.height && column >= 0 && column < a.width) {
                    sum += *w * x[row * a.width + column];
                }
                w++;
            }
        }
        x += a.height * a.width;
    }
    finish(a, filter, at, sum);
}

template <int SIDE>
INLINE void convolve(const ConvolutionArgs& c, Tile<SIDE>& tile) {
    const int group = blockIdx.z;
    const int groupChannels = c.channels / c.groups;
    const int groupFilters = c.filters / c.groups;
    const int taps = c.kernelHeight * c.kernelWidth;
    const int pixels = c.outputHeight * c.outputWidth;
    const int depth = groupChannels * taps;
    const float* w = c.w + group * groupFilters * depth;
    // All columns that this thread loads are one: a block's threads cover the tile's columns a whole number of times.
    const int column = blockIdx.x * SIDE + threadIdx.x % SIDE;
    const int item = column / pixels;
    const int pixel = column % pixels;
    const int top = pixel / c.outputWidth * c.strideY - c.paddingY;
    const int left = pixel % c.outputWidth * c.strideX - c.paddingX;
    const float* x = c.x + (item * c.channels + group * groupChannels) * c.height * c.width;
    product<SIDE>(
        tile, blockIdx.y * SIDE, blockIdx.x * SIDE, groupFilters, c.batch * pixels, depth, true, false,
        [&](int row, int k) { return w[row * depth + k]; },
        [&](int k, int) {
            int channel = k / taps;
            int tap = k % taps;
            int y = top + tap / c.kernelWidth * c.dilationY;
            int z = left + tap % c.kernelWidth * c.dilationX;
            bool inside = y >= 0 && y < c.height && z >= 0 && z < c.width;
            return inside ? x[(channel * c.height + y) * c.width + z] : 0.0f;
        },
        [&](int row, int at, float sum) {
            int filter = group * groupFilters + row;
            finish(c, filter, (at / pixels * c.filters + filter) * pixels + at % pixels, sum);
        });
}

// Grid: output pixels of all items / side, filters of a group / side, groups; block: 256.
KERNEL(convolution_64, ConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve<64>(a, tile);
}

KERNEL(convolution_128, ConvolutionArgs) {
    __shared__ Tile<128> tile;
    convolve<128>(a, tile);
}
