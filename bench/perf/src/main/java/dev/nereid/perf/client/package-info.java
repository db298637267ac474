/**
 * Sending requests, fast and many at a time, and noting when each part of them was sent and received: over HTTP and gRPC.
 * Depends on perf.data and perf.model.
 */
@NullMarked
package dev.nereid.perf.client;

import org.jspecify.annotations.NullMarked;
