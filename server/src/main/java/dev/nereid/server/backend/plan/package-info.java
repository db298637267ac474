/**
 * The onnxruntime backend: runs ONNX models by our own engine. Joins the inputs of a batch, runs the plan on a core
 * grant or a GPU, splits the outputs, and warms plans up. Depends on backend, protocol, models and kernels.
 */
@NullMarked
package dev.nereid.server.backend.plan;

import org.jspecify.annotations.NullMarked;
