/** Tests of the ONNX importer, and the builder of small ONNX files that they share. */
@NullMarked
package dev.nereid.models.onnx;

import org.jspecify.annotations.NullMarked;
