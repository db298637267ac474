/** Attention operators, with their caches and rotary positions on a device. */
@NullMarked
package dev.nereid.models.device.lowering.attention;

import org.jspecify.annotations.NullMarked;
