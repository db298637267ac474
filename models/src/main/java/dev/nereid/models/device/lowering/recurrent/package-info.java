/** Recurrent layers on a device. */
@NullMarked
package dev.nereid.models.device.lowering.recurrent;

import org.jspecify.annotations.NullMarked;
