package dev.nereid.models.plan;

import dev.nereid.models.graph.ValueType;
import java.util.List;
import java.util.Objects;

/**
 * A model ready to run for every shape its inputs may have: steps over values, and where each value's memory comes
 * from. Sizes are formulas over the inputs' symbolic dims. Immutable; shared by all instances and frames.
 *
 * @param inputs values that a run is given, in order
 * @param outputs values that a run gives back, in order
 * @param regions what a frame has memory for, in the order of the steps that write them
 */
public record Plan(
        List<PlanValue> values,
        List<Integer> inputs,
        List<Integer> outputs,
        List<Step> steps,
        List<Region> regions,
        ConstantMemory constants)
        implements AutoCloseable {
    public Plan {
        values = List.copyOf(values);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        steps = List.copyOf(steps);
        regions = List.copyOf(regions);
        Objects.requireNonNull(constants, "constants");
    }

    public ValueType inputType(int input) {
        return values.get(inputs.get(input)).valueType();
    }

    public ValueType outputType(int output) {
        return values.get(outputs.get(output)).valueType();
    }

    /** Frees the model's constants. No run may be under way. */
    @Override
    public void close() {
        constants.close();
    }
}
