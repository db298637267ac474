/**
 * Algorithms for convolutions with the channels last: direct convolution, Winograd's, depthwise, grouped, dilated and
 * transposed loops, and chains of convolutions. A vector holds neighbouring channels of one pixel, so that products read
 * pixels and filters without a copy but the padding. Depends on convolution, matmul, parallel and memory.
 */
@NullMarked
package dev.nereid.kernels.convolution.channelslast;

import org.jspecify.annotations.NullMarked;
