/** Tests of the quantized operators. */
@NullMarked
package dev.nereid.models.operators.quantized;

import org.jspecify.annotations.NullMarked;
