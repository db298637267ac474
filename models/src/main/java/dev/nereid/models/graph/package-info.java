/**
 * The graph that importers produce and passes rewrite: nodes, values, their types with known or symbolic dims, and what
 * a value holds while a plan runs. Knows no file format and no kernel. Depends on dev.nereid.tensor.
 */
@NullMarked
package dev.nereid.models.graph;

import org.jspecify.annotations.NullMarked;
