/** Attention operators, with their caches and rotary positions on a device. */
@NullMarked
package dev.nereid.cuda.lowering.attention;

import org.jspecify.annotations.NullMarked;
