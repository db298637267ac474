/** The elementwise operators. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.elementwise;

import org.jspecify.annotations.NullMarked;
