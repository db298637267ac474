/**
 * Measurements: the engine beside ONNX Runtime, and single kernels. Has a class path of its own; nothing depends on it.
 */
@NullMarked
package dev.nereid.bench;

import org.jspecify.annotations.NullMarked;
