/**
 * TensorFlow's examples, features by name in a protocol buffer, as an operator of the engine: what signatures that classify
 * and regress take. Depends on operators, lowering, graph, tensor and TensorFlow's messages.
 */
@NullMarked
package dev.nereid.models.tensorflow.examples;

import org.jspecify.annotations.NullMarked;
