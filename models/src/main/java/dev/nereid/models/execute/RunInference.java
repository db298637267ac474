package dev.nereid.models.execute;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.plan.Step;
import dev.nereid.models.plan.Storage;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Type inference during a run, when every input's shape and content is known. */
final class RunInference implements Inference {
    private final Step step;
    private final Frame frame;
    private int unknownDims;
    private boolean dependsOnTheRun;

    RunInference(Step step, Frame frame) {
        this.step = step;
        this.frame = frame;
    }

    /** Whether anything was asked for but datatypes and shapes of inputs that the step reads, and constants of the plan. */
    boolean dependsOnTheRun() {
        return dependsOnTheRun;
    }

    @Override
    public Node node() {
        return step.node();
    }

    @Override
    public ValueType valueType(int input) {
        Step.Unread unread = step.unread().get(input);
        ValueType known = unread != null
                ? unread.type()
                : frame.value(step.inputs()[input]).valueType();
        if (!(known instanceof TensorType type)) {
            return known;
        }
        if (unread != null) {
            dependsOnTheRun |= !type.dims().map(RunInference::areKnown).orElse(true);
            return new TensorType(type.dataType(), type.dims().map(frame::resolve));
        }
        Tensor tensor = frame.tensor(step.inputs()[input]);
        return TensorType.of(tensor.dataType(), tensor.shape());
    }

    @Override
    public Optional<Tensor> constant(int input) {
        boolean isTensor = input < step.inputs().length
                && step.inputs()[input] >= 0
                && frame.value(step.inputs()[input]).valueType() instanceof TensorType;
        if (!isTensor) {
            return Optional.empty();
        }
        dependsOnTheRun |= !(frame.value(step.inputs()[input]).storage() instanceof Storage.Constant);
        return Optional.of(frame.tensor(step.inputs()[input]));
    }

    @Override
    public Optional<List<Dim>> content(int input) {
        Step.Unread unread = step.unread().get(input);
        if (unread != null) {
            dependsOnTheRun |= !unread.content().map(RunInference::areKnown).orElse(true);
            return unread.content().map(frame::resolve);
        }
        return constant(input)
                .filter(tensor -> tensor.shape().rank() <= 1)
                .flatMap(IntegerTensors::read)
                .map(values -> Arrays.stream(values).mapToObj(Dim::of).toList());
    }

    private static boolean areKnown(List<Dim> dims) {
        return dims.stream().allMatch(Dim::isKnown);
    }

    @Override
    public List<ValueType> bodyTypes(Graph body, List<? extends ValueType> inputs) {
        throw new IllegalStateException("a body's types are not inferred during a run");
    }

    @Override
    public Dim unknownDim() {
        return Dim.symbol("?run" + unknownDims++);
    }
}
