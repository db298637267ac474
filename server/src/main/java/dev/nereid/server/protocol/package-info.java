/**
 * What a request and a response are, whatever carried them: tensors, parameters, requested outputs, errors with a closed
 * set of codes, bounds on what a request holds, and binary tensor data. Depends on tensor and memory.
 */
@NullMarked
package dev.nereid.server.protocol;

import org.jspecify.annotations.NullMarked;
