/**
 * Two servers measured in turns: what one is beside the other, and how sure that is. Depends on perf.measure.
 */
@NullMarked
package dev.nereid.perf.compare;

import org.jspecify.annotations.NullMarked;
