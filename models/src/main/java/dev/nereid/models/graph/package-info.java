/**
 * The graph that importers produce and passes rewrite: nodes, values, tensor types with known or symbolic dims. Knows no file format and no kernel. Depends on dev.nereid.tensor.
 */
@NullMarked
package dev.nereid.models.graph;

import org.jspecify.annotations.NullMarked;
