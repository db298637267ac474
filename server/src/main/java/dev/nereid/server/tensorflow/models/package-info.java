/**
 * The models of a server that is started as {@code tensorflow_model_server}: the files that list them, the versions that are to
 * be served, and their labels. Depends on tensorflow, repository and protocol.
 */
@NullMarked
package dev.nereid.server.tensorflow.models;

import org.jspecify.annotations.NullMarked;
