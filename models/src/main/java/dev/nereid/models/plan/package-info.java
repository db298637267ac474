/**
 * Lowering a graph to steps: type inference, and how long each value lives. Depends on operators, lowering, kernels and memory.
 */
@NullMarked
package dev.nereid.models.plan;

import org.jspecify.annotations.NullMarked;
