/**
 * A text model on the real server under mixtures of lengths: packed batches beside batches of equal shapes and clients that
 * pad. Depends on the load generator and on the start-up measurement.
 */
@NullMarked
package dev.nereid.bench.text;

import org.jspecify.annotations.NullMarked;
