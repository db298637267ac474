/**
 * When requests are sent and which: closed loops, schedules, sequences. Depends on perf.client, perf.data and
 * perf.measure's recorder.
 */
@NullMarked
package dev.nereid.perf.load;

import org.jspecify.annotations.NullMarked;
