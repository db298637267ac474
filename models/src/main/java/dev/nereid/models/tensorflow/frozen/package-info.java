/**
 * Reads frozen graphs: a GraphDef in a file, whose variables are constants. Depends on imported, graph, operators,
 * tensorflow.graph, tensorflow.operators and the messages.
 */
@NullMarked
package dev.nereid.models.tensorflow.frozen;

import org.jspecify.annotations.NullMarked;
