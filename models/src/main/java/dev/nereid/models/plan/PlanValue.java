package dev.nereid.models.plan;

import dev.nereid.models.graph.TensorType;

/**
 * One value of a plan.
 *
 * @param type its dims follow from the shapes of the run's inputs, unless its storage is {@link Storage.Dynamic}
 * @param bound whether the dims follow from the shapes of the run's inputs
 */
public record PlanValue(String name, TensorType type, Storage storage, boolean bound) {}
