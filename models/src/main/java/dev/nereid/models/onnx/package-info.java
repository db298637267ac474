/**
 * The importer of ONNX files: protobuf to graph. The only package that knows an ONNX type. Depends on graph, memory and the ONNX messages.
 */
@NullMarked
package dev.nereid.models.onnx;

import org.jspecify.annotations.NullMarked;
