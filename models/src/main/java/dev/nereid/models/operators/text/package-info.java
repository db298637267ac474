/** Operators on strings. Depends on operators, lowering and graph, and on a library for regular expressions. */
@NullMarked
package dev.nereid.models.operators.text;

import org.jspecify.annotations.NullMarked;
