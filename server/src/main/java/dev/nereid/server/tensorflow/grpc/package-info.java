/**
 * TensorFlow Serving's gRPC services: PredictionService and ModelService. Decodes into the same requests as every other front.
 * Depends on tensorflow, grpc, protocol and repository, and on how models read TensorFlow's tensors.
 */
@NullMarked
package dev.nereid.server.tensorflow.grpc;

import org.jspecify.annotations.NullMarked;
