/**
 * Counts the requests that are lost while servers behind proxies are restarted, killed, stopped and slowed down. May depend on
 * the load generator and on the protocol.
 */
@NullMarked
package dev.nereid.bench.loss;

import org.jspecify.annotations.NullMarked;
