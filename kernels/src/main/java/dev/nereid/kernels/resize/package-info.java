/**
 * Images of another size: resize by gathering or by weighted sums, and bilinear sampling at points. Depends on layout,
 * parallel, scalar, tensor and memory.
 */
@NullMarked
package dev.nereid.kernels.resize;

import org.jspecify.annotations.NullMarked;
