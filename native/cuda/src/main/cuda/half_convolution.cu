// Convolutions of FP16 and BF16 for cards without the kernels of compute_80, and what these need beside: x with its channels
// last, and the sum of slices.
//
// Oracle: ScalarChannelsFirst. See half_convolution.cuh for the product that a convolution is, and product.cuh for the tiles: here
// rows are filters and columns are pixels, so that neighbours in y are stored side by side. An element's additions are in the
// order of the kernels with tensor cores, whose slices are the same, but they are rounded one by one.
#include "half_convolution.cuh"
#include "product.cuh"

template <typename Format, bool SLICED, typename Store>
INLINE void convolve(const HalfConvolutionArgs& c, Tile<64>& tile, Span span, Store store) {
    // All columns that this thread loads are one: a block's threads cover the tile's columns a whole number of times.
    const Patch patch = patch_of(c, blockIdx.x * 64 + threadIdx.x % 64);
    product<64, SLICED>(
        tile, blockIdx.y * 64, blockIdx.x * 64, c.filters, c.batch * pixels_of(c), span.from, span.to, c.slice, false, false,
        [&](int filter, int k) { return Format::widen(c.w[static_cast<size_t>(k) * c.columns + filter]); },
        [&](int k, int) {
            const uint16_t* x = under(c, patch, k);
            return x != nullptr ? Format::widen(*x) : 0.0f;
        },
        store);
}

template <typename Format, bool SLICED>
INLINE void convolve(const HalfConvolutionArgs& c, Tile<64>& tile) {
    convolve<Format, SLICED>(c, tile, {0, depth_of(c)}, [&](int filter, int row, float sum) {
        finish<Format>(c, filter, place_of(c, row, filter), sum);
    });
}

template <typename Format>
INLINE void convolve_parts(const HalfConvolutionArgs& c, Tile<64>& tile) {
    float* found = part_of(c, blockIdx.z);
    convolve<Format, false>(c, tile, slice_of(depth_of(c), c.slice, blockIdx.z), [&](int filter, int row, float sum) {
        found[place_of(c, row, filter)] = sum;
    });
}

template <typename Format>
INLINE void convolve_join(const HalfConvolutionArgs& c) {
    int length = c.batch * c.filters * pixels_of(c);
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= length) {
        return;
    }
    float total = 0;
    for (int part = 0; part < c.slices; part++) {
        total += part_of(c, part)[at];
    }
    finish<Format>(c, at / pixels_of(c) % c.filters, at, total);
}

// K in one chain. Grid: output pixels of all items / 64, filters / 64; block: 256.
KERNEL(convolution_fp16, HalfConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve<Fp16, false>(a, tile);
}

KERNEL(convolution_bf16, HalfConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve<Bf16, false>(a, tile);
}

// K in slices, one after the other in a block. Grid and block as above.
KERNEL(convolution_fp16_sliced, HalfConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve<Fp16, true>(a, tile);
}

KERNEL(convolution_bf16_sliced, HalfConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve<Bf16, true>(a, tile);
}

// The sums of slices, in blocks beside each other. Grid: output pixels of all items / 64, filters / 64, slices; block: 256.
KERNEL(convolution_fp16_parts, HalfConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve_parts<Fp16>(a, tile);
}

KERNEL(convolution_bf16_parts, HalfConvolutionArgs) {
    __shared__ Tile<64> tile;
    convolve_parts<Bf16>(a, tile);
}

// Adds these, whichever kernels found them. Grid: elements of y / block.
KERNEL(convolution_join_fp16, HalfConvolutionArgs) { convolve_join<Fp16>(a); }

KERNEL(convolution_join_bf16, HalfConvolutionArgs) { convolve_join<Bf16>(a); }

constexpr int SQUARE = 32;

struct ChannelsLastArgs {
    const uint16_t* x;  // [batch, channels, pixels]
    uint16_t* y;        // [batch, pixels, columns]
    int channels;
    int pixels;
    int columns;        // channels, and those of zeros behind them
};

// Through squares in shared memory, so that both sides are read and written side by side.
// Grid: batch * (pixels / 32), columns / 32; block: 32 x 8.
KERNEL(channels_last_2, ChannelsLastArgs) {
    __shared__ uint16_t square[SQUARE][SQUARE + 2];
    const int squares = (a.pixels + SQUARE - 1) / SQUARE;
    const size_t item = blockIdx.x / squares;
    const int pixel0 = blockIdx.x % squares * SQUARE;
    const int channel0 = blockIdx.y * SQUARE;
    for (int i = threadIdx.y; i < SQUARE; i += blockDim.y) {
        int channel = channel0 + i;
        int pixel = pixel0 + threadIdx.x;
        bool inside = channel < a.channels && pixel < a.pixels;
        square[i][threadIdx.x] = inside ? a.x[(item * a.channels + channel) * a.pixels + pixel] : 0;
    }
    __syncthreads();
    for (int i = threadIdx.y; i < SQUARE; i += blockDim.y) {
        int pixel = pixel0 + i;
        int channel = channel0 + threadIdx.x;
        if (pixel < a.pixels && channel < a.columns) {
            a.y[(item * a.pixels + pixel) * a.columns + channel] = square[threadIdx.x][i];
        }
    }
}
