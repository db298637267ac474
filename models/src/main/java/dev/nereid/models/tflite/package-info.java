/**
 * TensorFlow Lite's model files ({@code .tflite}), written as a graph of the engine's operators: one table of builtin operators, a
 * row each with what it becomes. Depends on imported, operators (its types), graph and tensor.
 */
@NullMarked
package dev.nereid.models.tflite;

import org.jspecify.annotations.NullMarked;
