package dev.nereid.models.operators.training;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * dev.nereid SumTo, which the expansion of gradients emits: the sums over the axes along which {@code like} was
 * broadcast.
 *
 * <p>Inputs: x, and like, whose shape broadcasts to that of x and is the output's.
 */
final class SumTo implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(1).withDataType(inference.type(0).dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> sum(run.input(0), run.output(0)));
    }

    private static void sum(Tensor x, Tensor y) {
        double[] sums = new double[Math.toIntExact(y.shape().elements())];
        for (long i = 0; i < x.shape().elements(); i++) {
            sums[Math.toIntExact(target(i, x.shape(), y.shape()))] += ScalarElements.real(x, i);
        }
        for (int i = 0; i < sums.length; i++) {
            ScalarElements.setReal(y, i, sums[i]);
        }
    }

    /** The element of y that element {@code index} of x is added to. */
    private static long target(long index, Shape x, Shape y) {
        long rest = index;
        long target = 0;
        long stride = 1;
        for (int axis = 1; axis <= y.rank(); axis++) {
            long extent = x.dim(-axis);
            if (y.dim(-axis) == extent) {
                target += rest % extent * stride;
            } else if (y.dim(-axis) != 1) {
                throw new IllegalArgumentException("a tensor " + y + " was not broadcast to " + x);
            }
            stride *= y.dim(-axis);
            rest /= extent;
        }
        return target;
    }
}
