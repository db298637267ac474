/**
 * A simulation of scheduling: the server's own queues, Triton's policy and ours, under arrivals and execution times that
 * are drawn from fixed seeds, in virtual time. Depends on the server's scheduling.
 */
@NullMarked
package dev.nereid.bench.schedule;

import org.jspecify.annotations.NullMarked;
