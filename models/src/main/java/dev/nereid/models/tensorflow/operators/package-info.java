/**
 * TensorFlow's operators: a table with a row for each, which says what it becomes in the engine's graph, and the lowering
 * of a whole graph by it. Depends on imported, graph, operators, tensorflow.graph and tensor.
 */
@NullMarked
package dev.nereid.models.tensorflow.operators;

import org.jspecify.annotations.NullMarked;
