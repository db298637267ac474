/**
 * Simulates autoscaling: Kubernetes' rules against the utilization that servers report, under made-up and recorded load. May
 * depend on the server's observe package.
 */
@NullMarked
package dev.nereid.bench.scaling;

import org.jspecify.annotations.NullMarked;
