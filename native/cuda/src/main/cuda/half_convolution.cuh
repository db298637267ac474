// What all convolutions of FP16 and BF16 share: y = activation(conv(x, w) + bias) + residual over two axes, in one group, with
// sums of FP32 that are rounded once, behind the residual.
//
// As a product: rows are the output pixels of all items, columns are filters, and k counts the kernel's taps and, for each of
// them, channels. x has its channels last, so that 8 neighbours along k are 16 bytes of memory, or lie beyond an edge together.
#pragma once

#include "formats.cuh"

// The fields that dev.nereid.cuda.driver.HalfConvolutions writes.
struct HalfConvolutionArgs {
    const uint16_t* x;         // [batch, height, width, channels]
    const uint16_t* w;         // [kernel height, kernel width, channels, columns]
    const uint16_t* bias;      // [filters]; null for none
    const uint16_t* residual;  // as y; null for none
    uint16_t* y;               // [batch, filters, output height, output width]
    float* parts;              // [slices, as y]: the sums of slices, where these are added beside each other
    int batch;
    int channels;  // with those of zeros that make it a multiple of 8
    int filters;
    int columns;   // filters, with those of zeros that make it a multiple of 8
    int slice;     // the length of each slice of K but the last, a multiple of 64
    int slices;
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

INLINE int pixels_of(const HalfConvolutionArgs& c) { return c.outputHeight * c.outputWidth; }

INLINE int depth_of(const HalfConvolutionArgs& c) { return c.kernelHeight * c.kernelWidth * c.channels; }

// The window over an output pixel.
struct Patch {
    const uint16_t* item;  // its first channel's first pixel; null where there is no such output
    int top;
    int left;
};

// row: the number of an output pixel among those of all items
INLINE Patch patch_of(const HalfConvolutionArgs& c, int row) {
    int item = row / pixels_of(c);
    int pixel = row % pixels_of(c);
    return {item < c.batch ? c.x + static_cast<size_t>(item) * c.height * c.width * c.channels : nullptr,
            pixel / c.outputWidth * c.strideY - c.paddingY, pixel % c.outputWidth * c.strideX - c.paddingX};
}

// Where the channels under a tap go on from a k on; null beyond the edges.
INLINE const uint16_t* under(const HalfConvolutionArgs& c, const Patch& patch, int k) {
    int tap = k / c.channels;
    int y = patch.top + tap / c.kernelWidth * c.dilationY;
    int x = patch.left + tap % c.kernelWidth * c.dilationX;
    bool inside = patch.item != nullptr && y >= 0 && y < c.height && x >= 0 && x < c.width;
    return inside ? patch.item + static_cast<size_t>(y * c.width + x) * c.channels + k % c.channels : nullptr;
}

// Where in y the result of a row and a filter is.
INLINE int place_of(const HalfConvolutionArgs& c, int row, int filter) {
    return (row / pixels_of(c) * c.filters + filter) * pixels_of(c) + row % pixels_of(c);
}

// Where the sums of a slice are.
INLINE float* part_of(const HalfConvolutionArgs& c, int part) {
    return c.parts + static_cast<size_t>(part) * c.batch * c.filters * pixels_of(c);
}

// What becomes of a sum. The residual is added by an instruction of its own, whatever stands before it.
template <typename Format>
INLINE void finish(const HalfConvolutionArgs& c, int filter, int at, float sum) {
    float value = c.bias != nullptr ? sum + Format::widen(c.bias[filter]) : sum;
    value = activate(c.activation, value, c.activationAlpha, c.activationBeta);
    c.y[at] = Format::round(c.residual != nullptr ? fmaf(1.0f, value, Format::widen(c.residual[at])) : value);
}
