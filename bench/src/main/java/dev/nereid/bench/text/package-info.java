/**
 * A text model on the real server under mixtures of lengths: packed batches beside batches of equal shapes and clients that
 * pad. Depends on the load generator, on bench.startup for the server's process, and on bench.schedule for the lengths.
 */
@NullMarked
package dev.nereid.bench.text;

import org.jspecify.annotations.NullMarked;
