/**
 * Measures a server from outside, from the start of its process on: when it answers, when models are ready, what the first
 * requests cost, and how much memory it takes. Depends on bench.engine for statistics, and on
 * the servers of the load generator that answer at once to warm its client up; not on the server.
 */
@NullMarked
package dev.nereid.bench.startup;

import org.jspecify.annotations.NullMarked;
