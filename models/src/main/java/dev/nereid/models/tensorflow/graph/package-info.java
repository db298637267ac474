/**
 * TensorFlow's graphs as data: nodes, what feeds and what leaves them, functions, attributes and constants as messages
 * spell them. Knows no operator's meaning. Depends on graph, imported, tensor and the messages.
 */
@NullMarked
package dev.nereid.models.tensorflow.graph;

import org.jspecify.annotations.NullMarked;
