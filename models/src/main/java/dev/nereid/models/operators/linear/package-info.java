/** The linear operators. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.linear;

import org.jspecify.annotations.NullMarked;
