/**
 * TensorFlow Serving's REST API, version 1: paths, JSON requests in rows and columns, JSON answers. Decodes into the same
 * requests as every other front. Depends on tensorflow, http, protocol and repository.
 */
@NullMarked
package dev.nereid.server.tensorflow.rest;

import org.jspecify.annotations.NullMarked;
