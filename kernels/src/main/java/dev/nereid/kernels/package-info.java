/**
 * {@link dev.nereid.kernels.KernelSet}: the chosen kernel for every job, selected once at start, logged with the
 * reason, and forced by {@code --kernels}. One package a family lies below; {@code scalar} holds the plain-loop
 * version of every kernel, the oracle of all others. Kernels know memory, lengths and strides, never graphs.
 */
@NullMarked
package dev.nereid.kernels;

import org.jspecify.annotations.NullMarked;
