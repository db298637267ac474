// What all kernels of matrix products share: arguments, the batch, and what becomes of a sum.
#pragma once

#include "half.cuh"

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

// A product whose K is added in slices: gemm.cu says how.
struct SlicedGemmArgs {
    GemmArgs gemm;
    float* parts;  // [slices, batch, m, n]
    int slice;     // the length of each but the last, a multiple of 16
    int slices;
    int batch;
    int unused;
};

// Where product number `item` of the batch starts in a and in b.
template <typename Args, typename T>
INLINE void starts(const Args& g, int item, const T** a, const T** b) {
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

// Part of a product for kernels that copy rows as they lie: a along k, b along n.
template <typename T>
struct Operands {
    // Neighbours in the result differ in their column.
    static constexpr bool RESULT_ALONG_ROWS = false;

    const T* a;  // row 0, k 0
    const T* b;  // k 0, column 0
    int aRow;
    int bRow;
    int m;
    int n;
    int k;

    // A row of a, for a thread that copies several parts of it.
    struct Row {
        const T* start;
        bool inside;
    };

    INLINE Row row(int number) const { return {a + static_cast<size_t>(number) * aRow, number < m}; }

    // Where a row goes on from a k on; null where there is nothing.
    INLINE const T* at(const Row& row, int from) const { return row.inside && from < k ? row.start + from : nullptr; }
};
