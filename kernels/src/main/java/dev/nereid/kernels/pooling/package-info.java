/**
 * Max, average and p-norm pooling in both layouts. Depends on convolution (for windows), parallel, scalar, tensor and
 * memory.
 */
@NullMarked
package dev.nereid.kernels.pooling;

import org.jspecify.annotations.NullMarked;
