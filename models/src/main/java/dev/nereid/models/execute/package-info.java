/**
 * Running a plan for one batch: frames, where values lie in them, and what a step sees while it runs. Depends on plan, lowering and memory.
 */
@NullMarked
package dev.nereid.models.execute;

import org.jspecify.annotations.NullMarked;
