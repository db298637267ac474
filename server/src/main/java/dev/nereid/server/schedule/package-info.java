/**
 * Schedulers: from accepted requests to batches on model instances. Knows requests and costs, never sockets. Depends on protocol, backend and observe,
 * and on the error that says that there is no memory.
 */
@NullMarked
package dev.nereid.server.schedule;

import org.jspecify.annotations.NullMarked;
