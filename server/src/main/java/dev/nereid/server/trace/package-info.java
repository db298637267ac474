/**
 * Traces of requests: which are traced, what is noted of them, and where that is written to. A request that is not traced
 * costs one volatile read; what is noted of one that is, is written by a thread that no request waits for. Depends on
 * protocol, observe and tensor.
 */
@NullMarked
package dev.nereid.server.trace;

import org.jspecify.annotations.NullMarked;
