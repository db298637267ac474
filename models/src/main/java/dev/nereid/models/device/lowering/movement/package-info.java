/** Operators that move elements on a device. */
@NullMarked
package dev.nereid.models.device.lowering.movement;

import org.jspecify.annotations.NullMarked;
