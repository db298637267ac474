/**
 * JSON of inference requests and responses: parser and writer of JSON, exact and fast conversion of numbers, and the
 * codecs of infer and generate bodies. Depends on protocol, tensor, memory and the kernels for text.
 */
@NullMarked
package dev.nereid.server.protocol.json;

import org.jspecify.annotations.NullMarked;
