/**
 * A server to compare with where no other can be had: ONNX Runtime behind Nereid's own fronts, repository and scheduler,
 * doing what Triton's ONNX backend does. Not Triton, and says so. Depends on server, bench.engine for the datatypes, and
 * the ONNX Runtime jar.
 */
@NullMarked
package dev.nereid.bench.reference;

import org.jspecify.annotations.NullMarked;
