/**
 * Counts the requests that are lost while servers behind proxies are restarted, killed, stopped and slowed down. May depend on
 * the load generator and on the protocol.
 */
package dev.nereid.bench.loss;
