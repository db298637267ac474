/**
 * Lowering a graph to steps: type inference, lifetimes, and the offsets of every value in one frame. Depends on operators, lowering, kernels and memory.
 */
@NullMarked
package dev.nereid.models.plan;

import org.jspecify.annotations.NullMarked;
