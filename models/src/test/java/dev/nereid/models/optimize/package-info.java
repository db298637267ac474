/** Tests of the passes. */
@NullMarked
package dev.nereid.models.optimize;

import org.jspecify.annotations.NullMarked;
