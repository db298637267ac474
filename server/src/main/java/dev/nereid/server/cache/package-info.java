/**
 * The response cache: answers of models that allow it, kept in native memory under a digest of their requests, and a
 * scheduler in front of any other that answers from there and lets identical requests share one execution. Knows neither
 * queues nor backends. Depends on schedule, observe, protocol, tls, tensors and memory.
 */
@NullMarked
package dev.nereid.server.cache;

import org.jspecify.annotations.NullMarked;
