/**
 * {@code nereid batch}: a model over the rows of a file, on one machine. A job reads chunks of rows in order, computes several of
 * them at a time, writes them in order, and notes how far it is, so that it goes on there after a kill. Depends on the engine
 * and on tensors.
 */
@NullMarked
package dev.nereid.server.batch;

import org.jspecify.annotations.NullMarked;
