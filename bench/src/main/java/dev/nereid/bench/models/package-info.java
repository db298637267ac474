/**
 * Models that are written when they are asked for: single operators and short chains of them, by family, and layers larger
 * than a cache. Depends on the generated ONNX classes only.
 */
@NullMarked
package dev.nereid.bench.models;

import org.jspecify.annotations.NullMarked;
