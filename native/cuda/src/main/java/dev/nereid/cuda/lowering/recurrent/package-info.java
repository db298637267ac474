/** Recurrent layers on a device. */
@NullMarked
package dev.nereid.cuda.lowering.recurrent;

import org.jspecify.annotations.NullMarked;
