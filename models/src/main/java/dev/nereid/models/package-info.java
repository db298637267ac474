/**
 * From a model file to an executable plan: {@link dev.nereid.models.ModelLoader} is the one entry. Depends on kernels
 * and, in {@code models.onnx} alone, on the ONNX messages of kserve-proto.
 */
@NullMarked
package dev.nereid.models;

import org.jspecify.annotations.NullMarked;
