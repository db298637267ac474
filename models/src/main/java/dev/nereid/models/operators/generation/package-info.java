/** The operators that generate text by running a language model in a loop. Depends on operators, operators.control, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.generation;

import org.jspecify.annotations.NullMarked;
