/** Elementwise operators on a device. */
@NullMarked
package dev.nereid.models.device.lowering.elementwise;

import org.jspecify.annotations.NullMarked;
