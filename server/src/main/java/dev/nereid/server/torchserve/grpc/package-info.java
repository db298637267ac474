/**
 * TorchServe's gRPC services for inference and management. Depends on torchserve, its handlers, grpc and protocol.
 */
@NullMarked
package dev.nereid.server.torchserve.grpc;

import org.jspecify.annotations.NullMarked;
