/** The control operators. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.control;

import org.jspecify.annotations.NullMarked;
