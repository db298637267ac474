/**
 * Convolutions and pooling. Depends on tensor, memory, kernels.cpu and kernels.parallel.
 */
@NullMarked
package dev.nereid.kernels.conv;

import org.jspecify.annotations.NullMarked;
