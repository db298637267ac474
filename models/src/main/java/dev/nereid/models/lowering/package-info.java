/**
 * The contract between operators and plans: what an operator is told of its inputs, and how it emits steps. Depends on graph, tensor and the kernel families.
 */
@NullMarked
package dev.nereid.models.lowering;

import org.jspecify.annotations.NullMarked;
