// Convolutions of FP32 of 3 x 3 taps by Winograd's F(4 x 4, 3 x 3): y = activation(conv(x, w) + bias) + residual over two
// axes, in one group, with neither stride nor dilation. Lavin and Gray, Fast Algorithms for Convolutional Neural Networks,
// has the matrices.
//
// Oracle: ScalarChannelsFirst, which rounds less. 4 x 4 cells of y are a tile, and are made of 6 x 6 cells of x. Transformed, these are
// 36 places, and what is between channels and filters is a matrix product for each place: 36 multiplications where 16 times 9
// would be. Tiles are counted through all items; a turn is some of them, whose places and sums lie in memory. Kernels of a
// turn in order:
//  1. winograd_input: a thread transforms a tile of a channel; zeros beyond the edges, channels and tiles as they come;
//  2. winograd_64, winograd_128: the products of product.cuh; rows are filters, columns tiles, and k counts channels in one
//     chain, so that neither the tile nor the turn is a part of an element's additions;
//  3. winograd_output: a thread transforms a tile of a filter back and stores what is inside of y.
// In memory tiles lie side by side, as threads do.
#include "convolution.cuh"
#include "product.cuh"

constexpr int SIDE = 6;
constexpr int OUTPUTS = 4;
constexpr int OUTPUT_THREADS = 256;

struct WinogradArgs {
    const float* x;         // [batch, channels, height, width]
    const float* w;         // [36, channels, filters]
    const float* bias;      // [filters]; null for none
    const float* residual;  // as y; null for none
    float* y;               // [batch, filters, output height, output width]
    float* places;          // [36, channels, tiles]
    float* sums;            // [36, filters, tiles]
    int channels;
    int filters;
    int height;
    int width;
    int paddingY;
    int paddingX;
    int outputHeight;
    int outputWidth;
    int activation;
    float activationAlpha;
    float activationBeta;
    int first;  // the number of the turn's first tile
    int tiles;  // of the turn
    int unused;
};

// Where a tile's first cell is in y.
struct Corner {
    int item;
    int row;
    int column;
};

INLINE Corner corner_of(const WinogradArgs& c, int tile) {
    int across = (c.outputWidth + OUTPUTS - 1) / OUTPUTS;
    int down = (c.outputHeight + OUTPUTS - 1) / OUTPUTS;
    int number = c.first + tile;
    return {number / (across * down), number / across % down * OUTPUTS, number % across * OUTPUTS};
}

// Six cells along an axis become six places.
INLINE void to_places(float& d0, float& d1, float& d2, float& d3, float& d4, float& d5) {
    float even = d4 - 4 * d2;
    float odd = d3 - 4 * d1;
    float outer = d4 - d2;
    float inner = d3 - d1;
    d0 = 4 * d0 + (d4 - 5 * d2);
    d5 = 4 * d1 + (d5 - 5 * d3);
    d1 = even + odd;
    d2 = even - odd;
    d3 = outer + 2 * inner;
    d4 = outer - 2 * inner;
}

// A row of a tile.
struct alignas(16) Cells {
    float cell[OUTPUTS];
};

// Six sums along an axis become four cells.
INLINE Cells to_cells(const float (&m)[SIDE]) {
    float sum12 = m[1] + m[2];
    float difference12 = m[1] - m[2];
    float sum34 = m[3] + m[4];
    float difference34 = m[3] - m[4];
    return {{
        m[0] + sum12 + sum34,
        difference12 + 2 * difference34,
        sum12 + 4 * sum34,
        difference12 + 8 * difference34 + m[5],
    }};
}

// Grid: channels * tiles / block.
KERNEL(winograd_input, WinogradArgs) {
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.channels * a.tiles) {
        return;
    }
    int channel = at / a.tiles;
    Corner corner = corner_of(a, at % a.tiles);
    int top = corner.row - a.paddingY;
    int left = corner.column - a.paddingX;
    const float* x = a.x + (corner.item * a.channels + channel) * a.height * a.width;
    float d[SIDE][SIDE];
#pragma unroll
    for (int i = 0; i < SIDE; i++) {
#pragma unroll
        for (int j = 0; j < SIDE; j++) {
            int row = top + i;
            int column = left + j;
            bool inside = row >= 0 && row < a.height && column >= 0 && column < a.width;
            d[i][j] = inside ? x[row * a.width + column] : 0.0f;
        }
    }
#pragma unroll
    for (int j = 0; j < SIDE; j++) {
        to_places(d[0][j], d[1][j], d[2][j], d[3][j], d[4][j], d[5][j]);
    }
#pragma unroll
    for (int i = 0; i < SIDE; i++) {
        to_places(d[i][0], d[i][1], d[i][2], d[i][3], d[i][4], d[i][5]);
#pragma unroll
        for (int j = 0; j < SIDE; j++) {
            a.places[(i * SIDE + j) * a.channels * a.tiles + at] = d[i][j];
        }
    }
}

template <int TILE_SIDE>
INLINE void multiply(const WinogradArgs& c, Tile<TILE_SIDE>& tile) {
    const float* w = c.w + blockIdx.z * c.channels * c.filters;
    const float* places = c.places + blockIdx.z * c.channels * c.tiles;
    float* sums = c.sums + blockIdx.z * c.filters * c.tiles;
    product<TILE_SIDE>(
        tile, blockIdx.y * TILE_SIDE, blockIdx.x * TILE_SIDE, c.filters, c.tiles, c.channels, false, false,
        [&](int filter, int k) { return w[k * c.filters + filter]; },
        [&](int k, int column) { return places[k * c.tiles + column]; },
        [&](int filter, int column, float sum) { sums[filter * c.tiles + column] = sum; });
}

// Grid: tiles / side, filters / side, 36; block: 256.
KERNEL(winograd_64, WinogradArgs) {
    __shared__ Tile<64> tile;
    multiply<64>(a, tile);
}

KERNEL(winograd_128, WinogradArgs) {
    __shared__ Tile<128> tile;
    multiply<128>(a, tile);
}

// Grid: filters * tiles / 256; block: 256.
KERNEL(winograd_output, WinogradArgs) {
    // Through shared memory, so that neighbours store side by side and the epilogue is there once in the program.
    __shared__ Cells staged[OUTPUTS][OUTPUT_THREADS];
    const int at = blockIdx.x * OUTPUT_THREADS + threadIdx.x;
    const int length = a.filters * a.tiles;
    if (at < length) {
        float rows[OUTPUTS][SIDE];
#pragma unroll
        for (int j = 0; j < SIDE; j++) {
            float m[SIDE];
#pragma unroll
            for (int i = 0; i < SIDE; i++) {
                m[i] = a.sums[(i * SIDE + j) * length + at];
            }
            Cells cells = to_cells(m);
#pragma unroll
            for (int i = 0; i < OUTPUTS; i++) {
                rows[i][j] = cells.cell[i];
            }
        }
#pragma unroll
        for (int i = 0; i < OUTPUTS; i++) {
            staged[i][threadIdx.x] = to_cells(rows[i]);
        }
    }
    __syncthreads();
#pragma unroll 1
    for (int e = threadIdx.x; e < OUTPUTS * OUTPUTS * OUTPUT_THREADS; e += OUTPUT_THREADS) {
        const int thread = e / OUTPUTS % OUTPUT_THREADS;
        const int of = blockIdx.x * OUTPUT_THREADS + thread;
        if (of >= length) {
            continue;
        }
        const int filter = of / a.tiles;
        const Corner corner = corner_of(a, of % a.tiles);
        const int row = corner.row + e / (OUTPUTS * OUTPUT_THREADS);
        const int column = corner.column + e % OUTPUTS;
        if (row < a.outputHeight && column < a.outputWidth) {
            int to = ((corner.item * a.filters + filter) * a.outputHeight + row) * a.outputWidth + column;
            a.y[to] = finished(a, filter, to, staged[e / (OUTPUTS * OUTPUT_THREADS)][thread].cell[e % OUTPUTS]);
        }
    }
}
