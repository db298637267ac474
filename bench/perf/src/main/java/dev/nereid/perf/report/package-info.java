/**
 * What people and scripts read of a measurement: text, CSV and JSON in perf_analyzer's forms, and of a comparison. Depends
 * on perf.measure, perf.compare, perf.data, perf.metrics, perf.model and perf.client's failures.
 */
@NullMarked
package dev.nereid.perf.report;

import org.jspecify.annotations.NullMarked;
