// Transposed convolutions over two axes: a thread an element of the output collects what reaches it.
//
// y[n, m, o] = bias[m] + sum over c and kernel cells of x[n, c, i] * w[c, m, cell] where o = i * stride - padding + cell *
// dilation; c ascending, then cells. Oracle: ScalarChannelsFirst's transposed convolution.
#include "nereid.cuh"

struct TransposedArgs {
    const float* x;     // [batch, groups * filters, input...]
    const float* w;     // [groups * filters, channels, kernel...]
    const float* bias;  // [groups * channels]; null for none
    float* y;           // [batch, groups * channels, output...]
    int length;
    int filters;   // of x, in a group
    int channels;  // of y, in a group
    int groups;
    int input[2];
    int kernel[2];
    int stride[2];
    int dilation[2];
    int padding[2];
    int output[2];
};

// Grid: length / block.
KERNEL(convolution_transposed, TransposedArgs) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= a.length) {
        return;
    }
    int column = i % a.output[1];
    int row = i / a.output[1] % a.output[0];
    int channel = i / (a.output[0] * a.output[1]) % (a.groups * a.channels);
    int item = i / (a.output[0] * a.output[1]) / (a.groups * a.channels);
    int group = channel / a.channels;
    int plane = a.input[0] * a.input[1];
    int cells = a.kernel[0] * a.kernel[1];
    float sum = 0;
    for (int filter = group * a.filters; filter < (group + 1) * a.filters; filter++) {
        const float* x = a.x + (item * a.groups * a.filters + filter) * plane;
        const float* w = a.w + (filter * a.channels + channel % a.channels) * cells;
        for (int down = 0; down < a.kernel[0]; down++) {
            int fromRow = row + a.padding[0] - down * a.dilation[0];
            if (fromRow < 0 || fromRow % a.stride[0] != 0 || fromRow / a.stride[0] >= a.input[0]) {
                continue;
            }
            for (int along = 0; along < a.kernel[1]; along++) {
                int fromColumn = column + a.padding[1] - along * a.dilation[1];
                if (fromColumn >= 0 && fromColumn % a.stride[1] == 0 && fromColumn / a.stride[1] < a.input[1]) {
                    sum += x[fromRow / a.stride[0] * a.input[1] + fromColumn / a.stride[1]] *
                           w[down * a.kernel[1] + along];
                }
            }
        }
    }
    a.y[i] = a.bias != nullptr ? sum + a.bias[channel] : sum;
}
