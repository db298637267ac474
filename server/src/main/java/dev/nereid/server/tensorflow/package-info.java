/**
 * TensorFlow Serving's view of the models: which a client means by name, version or label, their signatures and states, and
 * its errors. What both of its protocols need: {@code tensorflow.rest} and {@code tensorflow.grpc} are the fronts, and {@code
 * tensorflow.config} reads its files and flags. Depends on repository, protocol and the configurations of HTTP and gRPC.
 */
@NullMarked
package dev.nereid.server.tensorflow;

import org.jspecify.annotations.NullMarked;
