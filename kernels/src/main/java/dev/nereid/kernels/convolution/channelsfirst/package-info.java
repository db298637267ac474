/**
 * Algorithms for convolutions with the channels first: products of the filters and im2col's columns, and depthwise loops.
 * Depends on convolution, matmul, parallel, scalar and memory.
 */
@NullMarked
package dev.nereid.kernels.convolution.channelsfirst;

import org.jspecify.annotations.NullMarked;
