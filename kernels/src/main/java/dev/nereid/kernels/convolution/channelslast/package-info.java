/**
 * Convolutions and pooling over tensors whose channels are the last axis. A vector then holds neighbouring channels of one
 * cell, whatever the window does, and a convolution is a product of cells and filters that needs no copy but the padding.
 * Depends on conv (for shapes and windows), matmul, parallel and memory.
 */
@NullMarked
package dev.nereid.kernels.channelslast;

import org.jspecify.annotations.NullMarked;
