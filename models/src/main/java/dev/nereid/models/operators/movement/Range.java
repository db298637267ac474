package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** ONNX Range: start, start + delta, ... as long as limit is not reached. */
public final class Range implements Operator {
    public static final int START = 0;
    private static final int LIMIT = 1;
    public static final int DELTA = 2;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        DataType type = in.type(START).dataType();
        return List.of(TensorType.of(type, List.of(length(in).orElseGet(in::unknownDim))));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> {
            Tensor y = run.output(0);
            if (y.dataType().isFloat()) {
                double start = ScalarElements.real(run.input(START), 0);
                double delta = ScalarElements.real(run.input(DELTA), 0);
                for (long i = 0; i < y.shape().elements(); i++) {
                    ScalarElements.setReal(y, i, start + i * delta);
                }
            } else {
                long start = ScalarElements.integer(run.input(START), 0);
                long delta = ScalarElements.integer(run.input(DELTA), 0);
                for (long i = 0; i < y.shape().elements(); i++) {
                    ScalarElements.setInteger(y, i, start + i * delta);
                }
            }
        });
    }

    private static Optional<Dim> length(Inference in) {
        Optional<Tensor> start = in.constant(START);
        Optional<Tensor> limit = in.constant(LIMIT);
        Optional<Tensor> delta = in.constant(DELTA);
        if (start.isPresent() && limit.isPresent() && delta.isPresent()) {
            return Optional.of(Dim.of(length(start.get(), limit.get(), delta.get())));
        }
        Optional<Dim> from = scalar(in, START);
        Optional<Dim> to = scalar(in, LIMIT);
        Optional<Dim> step = scalar(in, DELTA);
        if (from.isEmpty()
                || to.isEmpty()
                || step.isEmpty()
                || !step.get().isKnown()
                || step.get().is(0)) {
            return Optional.empty();
        }
        Dim distance = to.get().minus(from.get());
        boolean isDim = distance.symbols().size() == 1
                && distance.equals(Dim.symbol(distance.symbols().iterator().next()));
        Dim steps = distance.ceilDivide(step.get());
        return Optional.of(isDim && step.get().is(1) ? steps : Dim.max(steps, Dim.of(0)));
    }

    private static Optional<Dim> scalar(Inference in, int input) {
        return in.content(input).filter(content -> content.size() == 1).map(content -> content.get(0));
    }

    private static long length(Tensor start, Tensor limit, Tensor delta) {
        if (start.dataType().isFloat()) {
            double steps =
                    (ScalarElements.real(limit, 0) - ScalarElements.real(start, 0)) / ScalarElements.real(delta, 0);
            if (Double.isNaN(steps) || steps > Integer.MAX_VALUE) {
                throw new ModelFormatException("start, limit and delta: expected at most " + Integer.MAX_VALUE
                        + " numbers, got " + ScalarElements.real(start, 0) + ", " + ScalarElements.real(limit, 0)
                        + " and "
                        + ScalarElements.real(delta, 0));
            }
            return Math.max(0, (long) Math.ceil(steps));
        }
        long step = ScalarElements.integer(delta, 0);
        if (step == 0) {
            throw new ModelFormatException("delta is 0");
        }
        return Math.max(0, Math.ceilDiv(ScalarElements.integer(limit, 0) - ScalarElements.integer(start, 0), step));
    }
}
