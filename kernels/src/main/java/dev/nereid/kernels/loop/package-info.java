/**
 * Copies of a loop, one an operation, so that the compiler sees a single operation in each. Depends on nothing of the
 * project.
 */
@NullMarked
package dev.nereid.kernels.loop;

import org.jspecify.annotations.NullMarked;
