/**
 * The operators of the domain ai.onnx.ml: classical machine learning. Where ONNX leaves the result open, they do what ONNX
 * Runtime does, since models are trained and tested with it. Depends on operators, lowering, graph and the kernels.
 */
@NullMarked
package dev.nereid.models.operators.ml;

import org.jspecify.annotations.NullMarked;
