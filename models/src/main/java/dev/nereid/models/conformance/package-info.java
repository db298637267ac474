/**
 * Runs the ONNX project's backend tests against this engine. Depends on the model loader, and on {@code models.onnx}
 * for the tensors in test data.
 */
@NullMarked
package dev.nereid.models.conformance;

import org.jspecify.annotations.NullMarked;
