/** The operators on sequences and optionals. Depends on operators, operators.control, lowering and graph. */
@NullMarked
package dev.nereid.models.operators.sequence;

import org.jspecify.annotations.NullMarked;
