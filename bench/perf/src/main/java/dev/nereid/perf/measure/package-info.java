/**
 * From the times of single requests to figures: windows, stability, percentiles, and what the server counted meanwhile.
 * Depends on perf.client's exchanges, perf.data's requests, perf.metrics and perf.model.
 */
@NullMarked
package dev.nereid.perf.measure;

import org.jspecify.annotations.NullMarked;
