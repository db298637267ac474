/**
 * The plain-loop version of every kernel: obvious, slow, and the oracle that all others are tested against. They serve
 * by themselves under {@code --kernels=scalar}.
 */
@NullMarked
package dev.nereid.kernels.scalar;

import org.jspecify.annotations.NullMarked;
