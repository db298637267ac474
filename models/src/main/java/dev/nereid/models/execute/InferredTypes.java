package dev.nereid.models.execute;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.plan.Step;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The output types of a frame's dynamic steps. A step's operator infers them again only when an input has another datatype or
 * shape than in the run before, or when they depend on the content of an input that the run computes.
 */
final class InferredTypes {
    /**
     * Output types of the last run.
     *
     * @param dataTypes of the inputs that the step reads
     * @param shapes likewise
     */
    private record Inferred(List<DataType> dataTypes, List<Shape> shapes, List<? extends ValueType> outputs) {}

    private final Frame frame;
    private final IdentityHashMap<Step, Inferred> lastRun = new IdentityHashMap<>();

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
        if (!inference.dependsOnTheRun() && readsTensorsAlone(step)) {
            lastRun.put(step, inferred(step, outputs));
        }
        return outputs;
    }

    /** Sequences, optionals and maps have no shape to compare. */
    private boolean readsTensorsAlone(Step step) {
        return Arrays.stream(step.inputs())
                .allMatch(input -> input < 0 || frame.value(input).valueType() instanceof TensorType);
    }

    private boolean hasSameInputs(Inferred last, Step step) {
        int read = 0;
        for (int input : step.inputs()) {
            if (input >= 0) {
                Tensor tensor = frame.tensor(input);
                if (tensor.dataType() != last.dataTypes().get(read)
                        || !tensor.shape().equals(last.shapes().get(read))) {
                    return false;
                }
                read++;
            }
        }
        return true;
    }

    private Inferred inferred(Step step, List<? extends ValueType> outputs) {
        List<Tensor> read = Arrays.stream(step.inputs())
                .filter(input -> input >= 0)
                .mapToObj(frame::tensor)
                .toList();
        return new Inferred(
                read.stream().map(Tensor::dataType).toList(),
                read.stream().map(Tensor::shape).toList(),
                outputs);
    }
}
