/**
 * TorchServe's view of the models: its configuration, the model store, registered models with their versions and workers, tokens
 * and errors. What both of its protocols need: {@code torchserve.rest} and {@code torchserve.grpc} are the fronts. Depends on
 * repository, protocol, the archives and handlers of TorchServe, and the configurations of HTTP and gRPC.
 */
@NullMarked
package dev.nereid.server.torchserve;

import org.jspecify.annotations.NullMarked;
