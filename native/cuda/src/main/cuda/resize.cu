// One axis of a tensor resampled to another length: each output position is a weighted sum of neighbours in the input.
//
// A thread an element, neighbours side by side; positions and weights are computed where they are used, in the float
// arithmetic of dev.nereid.models.operators.movement.ResizeTaps. Oracle: ScalarPooling's resample, over these taps.
#include "nereid.cuh"

enum Filter : int { NEAREST = 0, LINEAR = 1, CUBIC = 2 };
enum Rounding : int { ROUND_PREFER_FLOOR = 0, ROUND_PREFER_CEIL = 1, FLOOR = 2, CEIL = 3 };

struct ResizeArgs {
    const float* x;  // [outer, input, inner]
    float* y;        // [outer, output, inner]
    int length;
    int input;
    int output;
    int inner;
    // Output position p lies at (p * factor + shift) / divisor + offset + extra in the input.
    float factor;
    float shift;
    float divisor;
    float offset;
    float extra;
    int filter;
    int rounding;       // of the nearest neighbour
    int firstTap;       // counted from the input position below
    int taps;
    float widening;     // what distances are multiplied with; below 1 the filter spans more neighbours
    float cubic;        // the cubic filter's parameter
    int excludesOutside;  // whether neighbours outside weigh nothing; else they are the edge
};

// The neighbour that a position at `ratio` in (0, 1] above the one below is nearest to: 0 or 1.
INLINE int nearest(int rounding, float ratio) {
    if (ratio == 1.0f) {
        return 1;
    }
    switch (rounding) {
        case FLOOR: return 0;
        case CEIL: return 1;
        case ROUND_PREFER_FLOOR: return ratio <= 0.5f ? 0 : 1;
        default: return ratio < 0.5f ? 0 : 1;
    }
}

INLINE float weight(const ResizeArgs& r, float ratio, int tap) {
    float distance = fabsf(static_cast<float>(tap) - ratio) * r.widening;
    if (r.filter == LINEAR) {
        return larger(0.0f, 1.0f - distance);
    }
    float a = r.cubic;
    if (distance <= 1.0f) {
        return ((a + 2.0f) * distance - (a + 3.0f)) * distance * distance + 1.0f;
    }
    return distance < 2.0f ? ((a * distance - 5.0f * a) * distance + 8.0f * a) * distance - 4.0f * a : 0.0f;
}

INLINE int inside(const ResizeArgs& r, int index) { return index < 0 ? 0 : index >= r.input ? r.input - 1 : index; }

// Grid: length / block.
KERNEL(resize_axis, ResizeArgs) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= a.length) {
        return;
    }
    int position = i / a.inner % a.output;
    const float* x = a.x + i / a.inner / a.output * a.input * a.inner + i % a.inner;
    float source = (static_cast<float>(position) * a.factor + a.shift) / a.divisor + a.offset + a.extra;
    // A position that is one of the input's belongs to the interval below it.
    int below = static_cast<int>(ceilf(source)) - 1;
    float ratio = source - static_cast<float>(below);
    if (a.filter == NEAREST) {
        a.y[i] = x[inside(a, below + nearest(a.rounding, ratio)) * a.inner];
        return;
    }
    float total = 0;
    float sum = 0;
#pragma unroll 1
    for (int tap = a.firstTap; tap < a.firstTap + a.taps; tap++) {
        int index = below + tap;
        bool counts = !a.excludesOutside || (index >= 0 && index < a.input);
        float w = counts ? weight(a, ratio, tap) : 0.0f;
        total += w;
        sum += w * x[inside(a, index) * a.inner];
    }
    a.y[i] = sum / total;
}
