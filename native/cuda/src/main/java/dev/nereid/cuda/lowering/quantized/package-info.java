/** Quantised operators on a device. */
@NullMarked
package dev.nereid.cuda.lowering.quantized;

import org.jspecify.annotations.NullMarked;
