package dev.nereid.models.execute;

import dev.nereid.models.graph.ValueType;
import dev.nereid.models.plan.Step;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The output types of a frame's dynamic steps. A step's operator infers them again only when an input has another datatype or
 * shape than in the run before, or when they depend on the content of an input that the run computes.
 */
final class InferredTypes {
    /**
     * Output types of the last run.
     *
     * @param dataTypes of the inputs; null where one is left out or not read
     * @param shapes likewise
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Inferred(
            @Nullable DataType[] dataTypes, @Nullable Shape[] shapes, List<? extends ValueType> outputs) {}

    private final Frame frame;
    private final Map<Step, Inferred> lastRun = new IdentityHashMap<>();

    InferredTypes(Frame frame) {
        this.frame = frame;
    }

    /** The output types of a step whose inputs have been made. */
    List<? extends ValueType> of(Step step) {
        Inferred last = lastRun.get(step);
        if (last != null && hasSameInputs(last, step)) {
            return last.outputs();
        }
        RunInference inference = new RunInference(step, frame);
        List<? extends ValueType> outputs = step.operator().outputTypes(inference);
        if (!inference.dependsOnTheRun()) {
            lastRun.put(step, inferred(step, outputs));
        }
        return outputs;
    }

    private boolean hasSameInputs(Inferred last, Step step) {
        int[] inputs = step.inputs();
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] >= 0) {
                Tensor tensor = frame.tensor(inputs[i]);
                if (tensor.dataType() != last.dataTypes()[i] || !tensor.shape().equals(last.shapes()[i])) {
                    return false;
                }
            }
        }
        return true;
    }

    private Inferred inferred(Step step, List<? extends ValueType> outputs) {
        int[] inputs = step.inputs();
        @Nullable DataType[] dataTypes = new DataType[inputs.length];
        @Nullable Shape[] shapes = new Shape[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] >= 0) {
                Tensor tensor = frame.tensor(inputs[i]);
                dataTypes[i] = tensor.dataType();
                shapes[i] = tensor.shape();
            }
        }
        return new Inferred(dataTypes, shapes, outputs);
    }
}
