/** Elementwise operators on a device. */
@NullMarked
package dev.nereid.cuda.lowering.elementwise;

import org.jspecify.annotations.NullMarked;
