package dev.nereid.models.plan;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;

/**
 * One value of a plan.
 *
 * @param valueType a tensor's dims follow from the shapes of the run's inputs, unless its storage is
 *     {@link Storage.Dynamic}
 * @param bound whether the dims follow from the shapes of the run's inputs
 */
public record PlanValue(String name, ValueType valueType, Storage storage, boolean bound) {
    /** The type of a value that is a tensor. */
    public TensorType type() {
        return valueType.asTensor("value '" + name + "'");
    }
}
