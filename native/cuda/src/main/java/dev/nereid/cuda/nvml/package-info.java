/**
 * What NVIDIA's cards measure of themselves, read through NVML, the library that comes with their driver. Depends on
 * {@code models.device} alone.
 */
@NullMarked
package dev.nereid.cuda.nvml;

import org.jspecify.annotations.NullMarked;
