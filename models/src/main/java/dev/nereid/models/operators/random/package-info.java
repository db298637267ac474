/** The operators that draw random numbers. A seed gives the same numbers in every run. May use operators.movement. */
@NullMarked
package dev.nereid.models.operators.random;

import org.jspecify.annotations.NullMarked;
