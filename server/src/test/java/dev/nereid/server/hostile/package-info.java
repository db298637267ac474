/** Clients that misbehave, against both fronts at once. */
@NullMarked
package dev.nereid.server.hostile;

import org.jspecify.annotations.NullMarked;
