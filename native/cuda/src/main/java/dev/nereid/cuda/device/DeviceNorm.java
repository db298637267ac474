package dev.nereid.cuda.device;

/**
 * How rows are normalised and scaled: {@code y = normal(x) * scale + bias}. Element {@code i} of row {@code r} has the
 * scale and the bias at {@code r % channels * channelStride + i * elementStride}.
 *
 * @param scale the scales' address, 0 for none
 * @param bias the biases' address, 0 for none
 */
public record DeviceNorm(
        int rows,
        int extent,
        float epsilon,
        long scale,
        long bias,
        int channels,
        int channelStride,
        int elementStride) {}
