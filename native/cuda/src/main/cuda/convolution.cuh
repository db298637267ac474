// What becomes of the sums of all convolutions of FP32.
#pragma once

#include "nereid.cuh"

// Args: has the fields bias, residual, activation, activationAlpha and activationBeta of ConvolutionArgs.
// at: where in y, and in the residual, the result is.
template <typename Args>
INLINE float finished(const Args& c, int filter, int at, float sum) {
    float value = activate(
        c.activation, c.bias != nullptr ? sum + c.bias[filter] : sum, c.activationAlpha, c.activationBeta);
    return c.residual != nullptr ? value + c.residual[at] : value;
}
