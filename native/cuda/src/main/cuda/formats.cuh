// FP16 and BF16 as the Format that templates take, and parts of K: what the kernels of both share.
#pragma once

#include "half.cuh"

struct Fp16 {
    static INLINE float widen(uint16_t half) { return from_fp16(half); }
    static INLINE uint16_t round(float sum) { return to_fp16(sum); }
};

struct Bf16 {
    static INLINE float widen(uint16_t half) { return from_bf16(half); }
    static INLINE uint16_t round(float sum) { return to_bf16(sum); }
};

// Some k of a product.
struct Span {
    int from;
    int to;
};

// Slice number `part` of k, all of which but the last are of one length.
INLINE Span slice_of(int k, int slice, int part) {
    int from = part * slice;
    return {from, from + slice < k ? from + slice : k};
}
