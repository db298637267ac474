/**
 * The built-in backends: identity, square, repeat, query, sequence and their kin, after the backends that Triton is
 * tested with. Depends on backend and protocol.
 */
@NullMarked
package dev.nereid.server.backend.builtin;

import org.jspecify.annotations.NullMarked;
