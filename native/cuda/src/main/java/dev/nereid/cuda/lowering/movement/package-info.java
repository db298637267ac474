/** Operators that move elements on a device. */
@NullMarked
package dev.nereid.cuda.lowering.movement;

import org.jspecify.annotations.NullMarked;
