/**
 * Micro benchmarks of kernels against the machine's own limits, for tuning. Depends on kernels.
 */
@NullMarked
package dev.nereid.bench.kernels;

import org.jspecify.annotations.NullMarked;
