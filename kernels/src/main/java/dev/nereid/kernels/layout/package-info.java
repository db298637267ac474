/**
 * Kernels that move elements without computing: transposes, gathers, concatenation, padding, slices. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.layout;

import org.jspecify.annotations.NullMarked;
