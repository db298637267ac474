/**
 * Workers: the platform threads that kernels split their ranges over, and the core budget that grants them to runs.
 * Depends on the JDK alone.
 */
@NullMarked
package dev.nereid.kernels.parallel;

import org.jspecify.annotations.NullMarked;
