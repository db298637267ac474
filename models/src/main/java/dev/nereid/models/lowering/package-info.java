/**
 * The contract between operators and plans: what an operator is told of its inputs, how it emits steps, and in what order
 * runs use a device. Depends on graph, tensor and the kernel families.
 */
@NullMarked
package dev.nereid.models.lowering;

import org.jspecify.annotations.NullMarked;
