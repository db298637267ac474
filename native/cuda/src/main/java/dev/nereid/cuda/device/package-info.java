/**
 * What a GPU offers to this module: memory of its own, streams, and kernels that are given addresses,
 * lengths and strides. Contracts only; {@code dev.nereid.cuda.driver} has the implementation for NVIDIA's cards.
 * Depends on the names that the kernel families give to functions and windows.
 */
@NullMarked
package dev.nereid.cuda.device;

import org.jspecify.annotations.NullMarked;
