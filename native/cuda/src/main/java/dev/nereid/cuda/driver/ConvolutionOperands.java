package dev.nereid.cuda.driver;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.matmul.Activation;

/** What a convolution reads and writes, by addresses; 0 for no bias, no residual, and no scratch memory. */
record ConvolutionOperands(
        ConvShape shape, long x, long w, long bias, Activation activation, long residual, long y, long scratch) {
    /** Elements of y. */
    long length() {
        return (long) shape.batch() * shape.filters() * shape.window().outputs();
    }
}
