/**
 * The pass that lets texts of different lengths share a run without padding: it proves by following every value that they
 * do not mix, or says what forbids it. Depends on graph, operators and tensor.
 */
@NullMarked
package dev.nereid.models.optimize.packed;

import org.jspecify.annotations.NullMarked;
