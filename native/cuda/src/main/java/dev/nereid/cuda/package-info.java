/**
 * The module for NVIDIA's GPUs: its entry, which {@code META-INF/services} names. Depends on {@code driver} and {@code nvml};
 * no other module names its classes but tests and benchmarks.
 */
@NullMarked
package dev.nereid.cuda;

import org.jspecify.annotations.NullMarked;
