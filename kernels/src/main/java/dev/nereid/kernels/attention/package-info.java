/**
 * Fused scaled dot-product attention. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.attention;

import org.jspecify.annotations.NullMarked;
