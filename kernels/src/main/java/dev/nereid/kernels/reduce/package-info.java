/**
 * Kernels that combine the elements of a row: sums, means, extrema, softmax, layer normalisation. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.reduce;

import org.jspecify.annotations.NullMarked;
