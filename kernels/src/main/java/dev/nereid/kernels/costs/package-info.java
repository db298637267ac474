/**
 * What kernels cost on this machine: measured once, kept in a file, and read by the kernels that choose by it. Depends on the
 * kernels whose costs are measured, and on memory; no kernel depends on it.
 */
@NullMarked
package dev.nereid.kernels.costs;

import org.jspecify.annotations.NullMarked;
