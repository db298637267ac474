/**
 * What a server says of its models: their inputs and outputs, their configuration, what it has counted. Over HTTP or gRPC
 * the same. Depends on the wire contracts only.
 */
@NullMarked
package dev.nereid.perf.model;

import org.jspecify.annotations.NullMarked;
