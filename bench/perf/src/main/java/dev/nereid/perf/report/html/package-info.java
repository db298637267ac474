/**
 * Reports as pages of HTML with plots in SVG, each one file that needs no other. Depends on perf.report, perf.compare,
 * perf.measure and perf.metrics.
 */
@NullMarked
package dev.nereid.perf.report.html;

import org.jspecify.annotations.NullMarked;
