/**
 * {@code nereid perf}: a load generator with the flags, the method and the output of perf_analyzer. Flags and wiring live
 * here; the packages below depend on each other in this order: model, data, client, measure, load, report.
 */
@NullMarked
package dev.nereid.perf;

import org.jspecify.annotations.NullMarked;
