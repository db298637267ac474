/**
 * Checks a request against the tensors that a model declares. Depends on backend, protocol and the generated messages.
 */
@NullMarked
package dev.nereid.server.repository.validation;

import org.jspecify.annotations.NullMarked;
