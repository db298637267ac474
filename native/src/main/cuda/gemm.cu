// Products of matrices of FP32, many at a time: c = activation(alpha * a * b + beta * addend) + residual.
//
// Oracle: ScalarMatMul. See product.cuh for the way from simple to fast; gemm_simple is the first step, kept to compare.
#include "product.cuh"

constexpr int MOST_BATCH_DIMS = 3;

struct GemmArgs {
    const float* a;
    const float* b;
    float* c;
    const float* addend;    // null for none
    const float* residual;  // of c's layout; null for none
    int m;
    int n;
    int k;
    int aRow;
    int aColumn;
    int bRow;
    int bColumn;
    int addendRow;
    int addendColumn;
    float alpha;
    float beta;
    int activation;
    float activationAlpha;
    float activationBeta;
    int batchDims[MOST_BATCH_DIMS];
    int aBatch[MOST_BATCH_DIMS];
    int bBatch[MOST_BATCH_DIMS];
    int first;  // the number in the batch of the grid's first product
};

// Where product number `item` of the batch starts in a and in b.
INLINE void starts(const GemmArgs& g, int item, const float** a, const float** b) {
    int aAt = 0;
    int bAt = 0;
    for (int axis = MOST_BATCH_DIMS - 1; axis >= 0; axis--) {
        int place = item % g.batchDims[axis];
        item /= g.batchDims[axis];
        aAt += place * g.aBatch[axis];
        bAt += place * g.bBatch[axis];
    }
    *a = g.a + aAt;
    *b = g.b + bAt;
}

INLINE void finish(const GemmArgs& g, int item, int row, int column, float sum) {
    int at = (item * g.m + row) * g.n + column;
    float value = g.alpha * sum;
    if (g.addend != nullptr) {
        value += g.beta * g.addend[row * g.addendRow + column * g.addendColumn];
    }
    value = activate(g.activation, value, g.activationAlpha, g.activationBeta);
    g.c[at] = g.residual != nullptr ? value + g.residual[at] : value;
}

// A thread an element. Grid: columns / 32, rows / 8, batch; block: 32 x 8.
KERNEL(gemm_simple, GemmArgs) {
    int column = blockIdx.x * blockDim.x + threadIdx.x;
    int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= a.m || column >= a.n) {
        return;
    }
    const float* left;
    const float* right;
    starts(a, a.first + blockIdx.z, &left, &right);
    float sum = 0;
    for (int k = 0; k < a.k; k++) {
        sum += left[row * a.aRow + k * a.aColumn] * right[k * a.bRow + column * a.bColumn];
    }
    finish(a, a.first + blockIdx.z, row, column, sum);
}

template <int SIDE>
INLINE void gemm(const GemmArgs& g, Tile<SIDE>& tile) {
    const float* left;
    const float* right;
    int item = g.first + blockIdx.z;
    starts(g, item, &left, &right);
    product<SIDE>(
        tile, blockIdx.x * SIDE, blockIdx.y * SIDE, g.m, g.n, g.k, g.aColumn == 1, g.bColumn != 1,
        [&](int row, int k) { return left[row * g.aRow + k * g.aColumn]; },
        [&](int k, int column) { return right[k * g.bRow + column * g.bColumn]; },
        [&](int row, int column, float sum) { finish(g, item, row, column, sum); });
}

// Grid: rows / side, columns / side, batch; block: 256. Rows come first, of which a grid takes most: they count tokens and
// pixels, columns only what a model's weights have.
KERNEL(gemm_64, GemmArgs) {
    __shared__ Tile<64> tile;
    gemm<64>(a, tile);
}

KERNEL(gemm_128, GemmArgs) {
    __shared__ Tile<128> tile;
    gemm<128>(a, tile);
}
