package dev.nereid.models.operators.control;

import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a node's inputs into its own and those captured by its subgraphs.
 *
 * @param own how many inputs the operator itself has
 * @param count how many follow
 */
public record CapturedInputs(int own, int count) {
    public static CapturedInputs of(Inference in) {
        int count = in.attributes().captured();
        return new CapturedInputs(in.inputs() - count, count);
    }

    /** Whether the operator's own input is there. */
    public boolean has(Inference in, int input) {
        return input < own && in.has(input);
    }

    /** The types of the captured inputs. */
    public List<ValueType> types(Inference in) {
        List<ValueType> types = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            types.add(in.valueType(own + i));
        }
        return types;
    }

    /** What is captured. */
    public List<RunValue> values(StepRun run) {
        List<RunValue> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(run.value(own + i));
        }
        return values;
    }
}
