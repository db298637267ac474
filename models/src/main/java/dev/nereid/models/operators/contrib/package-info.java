/**
 * The operators of the domain com.microsoft that ONNX Runtime's optimisers and exporters write in the place of several of
 * ONNX's; attention and what belongs to it is elsewhere. Depends on operators, attention, elementwise, linear, movement,
 * lowering and graph.
 */
@NullMarked
package dev.nereid.models.operators.contrib;

import org.jspecify.annotations.NullMarked;
