/**
 * What people and scripts read of a measurement: text, CSV and JSON in perf_analyzer's forms. Depends on perf.measure and
 * perf.model.
 */
@NullMarked
package dev.nereid.bench.perf.report;

import org.jspecify.annotations.NullMarked;
