/**
 * What NVIDIA's cards measure of themselves, read through NVML, the library that comes with their driver. Depends on the
 * device's contract alone.
 */
@NullMarked
package dev.nereid.nativekernels.nvml;

import org.jspecify.annotations.NullMarked;
