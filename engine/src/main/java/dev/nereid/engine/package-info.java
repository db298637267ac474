/**
 * The engine as a library: {@link dev.nereid.engine.Engine} loads models, {@link dev.nereid.engine.Model} runs tensors and
 * {@link dev.nereid.engine.RowModel} rows of a data set. Tensors, shapes and datatypes are those of {@code dev.nereid.tensor}.
 * Depends on models, kernels and native kernels, never on the server.
 */
@NullMarked
package dev.nereid.engine;

import org.jspecify.annotations.NullMarked;
