/** Matrix products, convolutions and attention as passes emit it on a device. */
@NullMarked
package dev.nereid.cuda.lowering.linear;

import org.jspecify.annotations.NullMarked;
