/** The movement operators. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.movement;

import org.jspecify.annotations.NullMarked;
