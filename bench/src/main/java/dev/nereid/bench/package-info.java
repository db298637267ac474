/**
 * Measurements: the engine beside ONNX Runtime, and single kernels. Has a class path of its own; no module depends on it.
 */
@NullMarked
package dev.nereid.bench;

import org.jspecify.annotations.NullMarked;
