/**
 * Passes that return a new graph: constant folding, dead nodes, fusions. Depends on graph, operators, and on plan and execute for folding.
 */
@NullMarked
package dev.nereid.models.optimize;

import org.jspecify.annotations.NullMarked;
