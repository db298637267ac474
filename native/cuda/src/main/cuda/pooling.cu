// Pooling of FP32 over two axes, a thread an output element. x: [channels, height, width] with the channels of all
// items; y: [channels, output height, output width]. Oracle: ScalarPooling.
#include "nereid.cuh"

struct PoolingArgs {
    const float* x;
    float* y;
    int channels;
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
    int paddingEndY;
    int paddingEndX;
    int outputHeight;
    int outputWidth;
    int countsPadding;  // whether padding counts as cells of a mean; cells beyond the padding never do
};

struct Window {
    int top;
    int left;
};

INLINE Window window(const PoolingArgs& p, int at) {
    int pixel = at % (p.outputHeight * p.outputWidth);
    return {pixel / p.outputWidth * p.strideY - p.paddingY, pixel % p.outputWidth * p.strideX - p.paddingX};
}

KERNEL(pool_max, PoolingArgs) {
    int pixels = a.outputHeight * a.outputWidth;
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.channels * pixels) {
        return;
    }
    Window w = window(a, at);
    const float* x = a.x + at / pixels * a.height * a.width;
    float most = -INFINITY;
    for (int i = 0; i < a.kernelHeight; i++) {
        int row = w.top + i * a.dilationY;
        for (int j = 0; j < a.kernelWidth; j++) {
            int column = w.left + j * a.dilationX;
            if (row >= 0 && row < a.height && column >= 0 && column < a.width) {
                most = larger(most, x[row * a.width + column]);
            }
        }
    }
    a.y[at] = most;
}

KERNEL(pool_mean, PoolingArgs) {
    int pixels = a.outputHeight * a.outputWidth;
    int at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= a.channels * pixels) {
        return;
    }
    Window w = window(a, at);
    const float* x = a.x + at / pixels * a.height * a.width;
    float sum = 0;
    int count = 0;
    for (int i = 0; i < a.kernelHeight; i++) {
        int row = w.top + i * a.dilationY;
        for (int j = 0; j < a.kernelWidth; j++) {
            int column = w.left + j * a.dilationX;
            if (row >= 0 && row < a.height && column >= 0 && column < a.width) {
                sum += x[row * a.width + column];
                count++;
            } else if (a.countsPadding && row < a.height + a.paddingEndY && column < a.width + a.paddingEndX) {
                count++;
            }
        }
    }
    a.y[at] = sum / static_cast<float>(count);
}
