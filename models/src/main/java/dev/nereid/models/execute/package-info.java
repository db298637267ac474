/**
 * Running a plan for one batch: frames and what a step sees while it runs. Depends on plan, lowering and memory.
 */
@NullMarked
package dev.nereid.models.execute;

import org.jspecify.annotations.NullMarked;
