// What all kernels of products of FP16 and BF16 share: c = alpha * a * b + beta * addend, many at a time, with sums of FP32
// that are rounded once. FP16's and BF16's kernels differ in the Format that templates take.
#pragma once

#include "formats.cuh"
#include "gemm.cuh"

// The fields that dev.nereid.cuda.driver.HalfProducts writes.
struct HalfProductArgs {
    const uint16_t* a;
    const uint16_t* b;
    uint16_t* c;             // [batch, m, n]
    const uint16_t* addend;  // null for none
    float* parts;            // [slices, batch, m, n]: the sums of slices, where these are added beside each other
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
    int batchDims[MOST_BATCH_DIMS];
    int aBatch[MOST_BATCH_DIMS];
    int bBatch[MOST_BATCH_DIMS];
    int first;   // the number in the batch of the grid's first product
    int slice;   // the length of each slice of K but the last, a multiple of 64
    int slices;
    int batch;
};

INLINE Span all_of(const HalfProductArgs& g) { return {0, g.k}; }

INLINE Span slice_of(const HalfProductArgs& g, int part) { return slice_of(g.k, g.slice, part); }

// Where the sums of a slice of product number `item` are.
INLINE float* part_of(const HalfProductArgs& g, int part, int item) {
    return g.parts + (static_cast<size_t>(part) * g.batch + item) * g.m * g.n;
}

// Product number `item` of the batch, as far as some k go; aColumn and bColumn are 1.
INLINE Operands<uint16_t> operands_of(const HalfProductArgs& g, int item, Span span) {
    const uint16_t* left;
    const uint16_t* right;
    starts(g, item, &left, &right);
    return {left + span.from, right + static_cast<size_t>(span.from) * g.bRow, g.aRow, g.bRow, g.m, g.n, span.to - span.from};
}

// What becomes of a sum. The additions are written as one instruction, so that no kernel has them in another way.
template <typename Format>
INLINE uint16_t finished(const HalfProductArgs& g, int row, int column, float sum) {
    float value = g.alpha * sum;
    if (g.addend != nullptr) {
        value = fmaf(g.beta, Format::widen(g.addend[row * g.addendRow + column * g.addendColumn]), value);
    }
    return Format::round(value);
}

template <typename Format>
INLINE void finish(const HalfProductArgs& g, int item, int row, int column, float sum) {
    g.c[(item * g.m + row) * g.n + column] = finished<Format>(g, row, column, sum);
}
