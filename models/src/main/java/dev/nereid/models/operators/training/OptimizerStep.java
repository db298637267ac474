package dev.nereid.models.operators.training;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The operators of the domain ai.onnx.preview.training that move tensors along their gradients.
 *
 * <p>Inputs: the learning rate and the update count, scalars; then all tensors to move, all their gradients, and all
 * tensors of each kind of state. Outputs: the moved tensors, and the tensors of each kind of state.
 */
record OptimizerStep(UpdateRule rule) implements Operator {
    private static final int FIRST_TENSOR = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        int tensors = tensors(inference.inputs());
        // Attributes are checked while the model loads.
        rule.of(inference.attributes(), 0, 1);
        List<TensorType> types = new ArrayList<>();
        for (int kind = 0; kind <= rule.states(); kind++) {
            for (int i = 0; i < tensors; i++) {
                types.add(inference.type(FIRST_TENSOR + i));
            }
        }
        return types;
    }

    @Override
    public void lower(Lowering lowering) {
        int tensors = tensors(lowering.inputs());
        lowering.step(run -> {
            double rate = ScalarElements.real(run.input(0), 0);
            long count = ScalarElements.integer(run.input(1), 0);
            UpdateRule.Move move = rule.of(lowering.attributes(), rate, count);
            for (int i = 0; i < tensors; i++) {
                move(run, i, tensors, move);
            }
        });
    }

    private int tensors(int inputs) {
        int kinds = 2 + rule.states();
        if (inputs <= FIRST_TENSOR || (inputs - FIRST_TENSOR) % kinds != 0) {
            throw new ModelFormatException(
                    "expected a rate, a count and " + kinds + " inputs for each tensor, got " + inputs + " inputs");
        }
        return (inputs - FIRST_TENSOR) / kinds;
    }

    private void move(StepRun run, int tensor, int tensors, UpdateRule.Move move) {
        Tensor x = run.input(FIRST_TENSOR + tensor);
        Tensor gradient = run.input(FIRST_TENSOR + tensors + tensor);
        requireShape(x, gradient);
        Tensor[] before = new Tensor[rule.states()];
        for (int kind = 0; kind < before.length; kind++) {
            before[kind] = run.input(FIRST_TENSOR + (2 + kind) * tensors + tensor);
            requireShape(x, before[kind]);
        }
        double[] state = new double[before.length];
        for (long i = 0; i < x.shape().elements(); i++) {
            for (int kind = 0; kind < state.length; kind++) {
                state[kind] = ScalarElements.real(before[kind], i);
            }
            double moved = move.next(ScalarElements.real(x, i), ScalarElements.real(gradient, i), state);
            write(run, tensor, i, moved);
            for (int kind = 0; kind < state.length; kind++) {
                write(run, (1 + kind) * tensors + tensor, i, state[kind]);
            }
        }
    }

    private static void write(StepRun run, int output, long index, double value) {
        if (run.wants(output)) {
            ScalarElements.setReal(run.output(output), index, value);
        }
    }

    private static void requireShape(Tensor x, Tensor other) {
        if (!x.shape().equals(other.shape())) {
            throw new IllegalArgumentException(
                    "expected a gradient and a state of the shape " + x.shape() + ", got " + other.shape());
        }
    }
}
