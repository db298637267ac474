package dev.nereid.kernels.convolution.channelsfirst;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Clamp;

/**
 * A kernel for depthwise convolutions of {@code FP32} over two axes whose channels come first, a filter a channel. The
 * order of additions depends on the kernel's extents alone. Memory is given by the address of its first element; nothing
 * is checked. Stateless; any number of threads.
 */
public interface DepthwiseKernel {
    /** Whether the kernel has this window. */
    boolean suits(Window window);

    /**
     * {@code y = clamp(x * w + bias)} for channels that follow each other.
     *
     * @param x [channels, input...]; a vector before and behind it may be touched, but neither read nor written
     * @param w [channels, kernel...]
     * @param bias [channels], 0 for zeros
     * @param y [channels, output...], overlapping none of the others
     */
    void run(Window window, int channels, long x, long w, long bias, Clamp clamp, long y);
}
