// Convolutions by tensor cores of FP16 and BF16: see tensor.cuh for the tile, and half_convolution.cuh for the product that a
// convolution is. Rows of a are gathered while they are copied and never written to memory.
//
// Oracles: the kernels of half_convolution.cu, whose convolution_join_fp16 and convolution_join_bf16 add what is in parts
// here. Grid: output pixels of all items / 128, filters / 128; block: 256.
#include "../half_convolution.cuh"
#include "tensor_half.cuh"

// Some k of a convolution, as the operands of a product.
struct PatchOperands {
    // Neighbours in y are pixels.
    static constexpr bool RESULT_ALONG_ROWS = true;

    using Row = Patch;

    const HalfConvolutionArgs& c;
    Span span;
    const uint16_t* a;
    const uint16_t* b;
    int bRow;
    int m;
    int n;
    int k;

    INLINE PatchOperands(const HalfConvolutionArgs& c, Span span)
        : c(c),
          span(span),
          a(c.x),
          b(c.w + static_cast<size_t>(span.from) * c.columns),
          bRow(c.columns),
          m(c.batch * pixels_of(c)),
          n(c.filters),
          k(span.to - span.from) {}

    INLINE Patch row(int number) const { return patch_of(c, number); }

    INLINE const uint16_t* at(const Patch& patch, int from) const {
        return from < k ? under(c, patch, span.from + from) : nullptr;
    }
};

template <typename Format, bool SLICED>
INLINE void convolve(const HalfConvolutionArgs& c, Stages<uint16_t>& stages) {
    half_tile<Format, SLICED>(
        stages, PatchOperands(c, {0, depth_of(c)}), c.slice,
        [&](int row, int filter, float sum) { finish<Format>(c, filter, place_of(c, row, filter), sum); });
}

template <typename Format>
INLINE void convolve_parts(const HalfConvolutionArgs& c, Stages<uint16_t>& stages) {
    float* found = part_of(c, blockIdx.z);
    half_tile<Format, false>(
        stages, PatchOperands(c, slice_of(depth_of(c), c.slice, blockIdx.z)), c.slice,
        [&](int row, int filter, float sum) { found[place_of(c, row, filter)] = sum; });
}

// K in one chain.
BOUNDED_KERNEL(tensor_convolution_fp16, HalfConvolutionArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    convolve<Fp16Fragments, false>(a, stages);
}

BOUNDED_KERNEL(tensor_convolution_bf16, HalfConvolutionArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    convolve<Bf16Fragments, false>(a, stages);
}

// K in slices, one after the other in a block, for many pixels: gemm.cu says why.
KERNEL(tensor_convolution_fp16_sliced, HalfConvolutionArgs) {
    __shared__ Stages<uint16_t> stages;
    convolve<Fp16Fragments, true>(a, stages);
}

KERNEL(tensor_convolution_bf16_sliced, HalfConvolutionArgs) {
    __shared__ Stages<uint16_t> stages;
    convolve<Bf16Fragments, true>(a, stages);
}

// The sums of slices in blocks beside each other, for few pixels. The grid's third axis has a place for each slice.
BOUNDED_KERNEL(tensor_convolution_fp16_parts, HalfConvolutionArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    convolve_parts<Fp16Fragments>(a, stages);
}

BOUNDED_KERNEL(tensor_convolution_bf16_parts, HalfConvolutionArgs, TENSOR_THREADS, 2) {
    __shared__ Stages<uint16_t> stages;
    convolve_parts<Bf16Fragments>(a, stages);
}
