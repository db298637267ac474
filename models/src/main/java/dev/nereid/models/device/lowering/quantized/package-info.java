/** Quantised operators on a device. */
@NullMarked
package dev.nereid.models.device.lowering.quantized;

import org.jspecify.annotations.NullMarked;
