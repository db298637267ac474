/**
 * Convolutions. {@link dev.nereid.kernels.convolution.ConvolutionKernels} is the interface of operators; it chooses the
 * algorithm and builds convolutions over three axes, transposed ones and chains from those of one layout. The packages
 * channelsfirst and channelslast below this one have the algorithms and depend on it. Depends on tensor, memory,
 * kernels.matmul (for activations) and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.convolution;

import org.jspecify.annotations.NullMarked;
