/**
 * What a device beside the CPU offers to the engine: memory of its own, streams, and kernels that are given addresses,
 * lengths and strides. Contracts only; {@code dev.nereid.nativekernels.cuda} has the implementation for NVIDIA's cards.
 * Depends on the names that the kernel families give to functions and windows.
 */
@NullMarked
package dev.nereid.kernels.device;

import org.jspecify.annotations.NullMarked;
