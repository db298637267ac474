/**
 * Convolutions, pooling and images of another size. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.conv;

import org.jspecify.annotations.NullMarked;
