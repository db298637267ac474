/**
 * What a request and a response are, whatever carried them: tensors, parameters, errors with a closed set of codes, and the codecs for JSON and binary bodies. Depends on tensor and memory.
 */
@NullMarked
package dev.nereid.server.protocol;

import org.jspecify.annotations.NullMarked;
