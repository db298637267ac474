/**
 * A server that does nothing, as fast as it can: what a load generator reaches against it is the generator's own limit.
 * Depends on the wire contracts only.
 */
@NullMarked
package dev.nereid.perf.nullserver;

import org.jspecify.annotations.NullMarked;
