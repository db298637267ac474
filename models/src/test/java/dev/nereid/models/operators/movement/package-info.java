/** Tests of the movement operators. */
@NullMarked
package dev.nereid.models.operators.movement;

import org.jspecify.annotations.NullMarked;
