/** The quantized operators. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.quantized;

import org.jspecify.annotations.NullMarked;
