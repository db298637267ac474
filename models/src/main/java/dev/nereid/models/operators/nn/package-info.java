/** The nn operators. Depends on operators, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.nn;

import org.jspecify.annotations.NullMarked;
