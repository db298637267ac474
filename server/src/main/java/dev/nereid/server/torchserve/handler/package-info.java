/**
 * TorchServe's default handlers and envelopes: what turns the parts of a request into tensors for the engine's model, and the
 * model's outputs into the answer, as the Python handlers do. Depends on protocol and its JSON, images, tensors and memory.
 */
@NullMarked
package dev.nereid.server.torchserve.handler;

import org.jspecify.annotations.NullMarked;
