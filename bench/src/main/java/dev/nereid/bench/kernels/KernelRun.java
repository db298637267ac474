package dev.nereid.bench.kernels;

import java.util.function.Supplier;

/**
 * A kernel with its operands, ready to be run repeatedly in one thread.
 *
 * @param run computes once
 * @param result what the last run computed
 */
public record KernelRun(Runnable run, Supplier<double[]> result) {}
