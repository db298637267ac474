package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.StepModels;

/**
 * What calls of other models need.
 *
 * @param models finds them
 * @param memory their inputs lie in, and the outputs of models of this backend
 */
record Callees(StepModels models, SlabPool memory, Clock clock) {}
