package dev.nereid.bench.kernels;

import java.util.function.Supplier;

/**
 * A kernel with its operands, ready to be run again and again in one thread.
 *
 * @param run computes {@code repeats} times
 * @param repeats how often one call of {@code run} does the work; more than once where the operands take turns
 * @param result what the last run computed
 */
public record Trial(Runnable run, int repeats, Supplier<double[]> result) {}
