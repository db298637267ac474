/**
 * Workers: the platform threads that kernels split their ranges over, and the cores that runs hold and take turns on, at
 * most two runs a core. Depends on {@code dev.nereid.memory}, for the processors that threads run on.
 */
@NullMarked
package dev.nereid.kernels.parallel;

import org.jspecify.annotations.NullMarked;
