/** Products with weights of few bits on a device. */
@NullMarked
package dev.nereid.cuda.lowering.contrib;

import org.jspecify.annotations.NullMarked;
