package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.convolution.Window;

/**
 * A kernel for rows of a depthwise convolution of {@code FP32} over two axes with the channels last, one filter a channel. A
 * sum is one chain of fused multiply-adds that starts at the bias and goes through the taps row by row. Nothing is checked.
 * Stateless; any number of threads.
 */
public interface ChannelsLastDepthwiseKernel {
    /** Whether the kernel has this window, for so many channels in vectors of so many. */
    boolean suits(Window window, int channels, int lanes);

    /**
     * {@code y = clamp(x * w + bias)}.
     *
     * @param rows of whose x a vector may be read at the last channels of a cell
     * @param w address of [taps, channels filled up to whole vectors]
     * @param wTap elements from one tap to the next
     */
    void run(Window window, int channels, ChannelsLastRows rows, long w, long wTap);
}
