/**
 * Prometheus metrics of a server while it is under load: polled, and summed up for each level. Depends on nothing of the
 * project.
 */
@NullMarked
package dev.nereid.perf.metrics;

import org.jspecify.annotations.NullMarked;
