/**
 * TorchServe's REST APIs for inference, management and metrics: paths, forms, JSON. Depends on torchserve, its handlers, http and
 * protocol.
 */
@NullMarked
package dev.nereid.server.torchserve.rest;

import org.jspecify.annotations.NullMarked;
