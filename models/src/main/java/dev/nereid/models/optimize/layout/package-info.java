/**
 * The pass that puts the channels of convolutional graphs last, and what it knows of each operator on the way. Depends on
 * graph, operators and tensor.
 */
@NullMarked
package dev.nereid.models.optimize.layout;

import org.jspecify.annotations.NullMarked;
