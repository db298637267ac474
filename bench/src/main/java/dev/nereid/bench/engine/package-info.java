/**
 * The engine beside ONNX Runtime: the same model, the same inputs, interleaved in one process, in several processes.
 * Depends on models, native and the ONNX Runtime jar.
 */
@NullMarked
package dev.nereid.bench.engine;

import org.jspecify.annotations.NullMarked;
