/**
 * Backends: what executes a batch. The plan backend runs our engine. Depends on protocol and models.
 */
@NullMarked
package dev.nereid.server.backend;

import org.jspecify.annotations.NullMarked;
