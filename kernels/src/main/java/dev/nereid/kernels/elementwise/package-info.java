/**
 * Kernels that treat each element by itself: unary, binary with broadcasting, comparisons, where, casts, fused chains. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.elementwise;

import org.jspecify.annotations.NullMarked;
