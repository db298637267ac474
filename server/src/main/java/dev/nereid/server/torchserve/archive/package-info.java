/**
 * Model archives of TorchServe: unpacked within limits, checked, and written as a model folder that the engine's repository
 * loads. Depends on handlers and images (for what they ask of models), backend, models, tensors, protocol and its JSON, files,
 * and the messages of model configs.
 */
@NullMarked
package dev.nereid.server.torchserve.archive;

import org.jspecify.annotations.NullMarked;
