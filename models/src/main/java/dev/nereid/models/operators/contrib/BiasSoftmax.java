package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.RowKernel;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * com.microsoft.BiasSoftmax: {@code y = softmax(x + bias)} over the axes from {@code axis} on, which are one there.
 *
 * <p>Inputs: x; bias: broadcasts to x. Output: y as x.
 */
final class BiasSoftmax implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.hasRank()) {
            axis(inference, x.rank());
        }
        return List.of(x);
    }

    private static int axis(Inference inference, int rank) {
        long axis = inference.attributes().integer("axis", 1);
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException(
                    "attribute 'axis': expected an axis of a tensor of rank " + rank + ", got " + axis);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, 0, 1);
        BinaryKernel sum = lowering.kernels().elementwise().binary(BinaryOp.ADD, precision.type());
        RowKernel softmax = lowering.kernels().reduce().row(RowOp.SOFTMAX, precision.type());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Shape shape = x.shape();
            Tensor bias = run.input(1);
            MemorySegment memory =
                    run.scratch(shape.elements() * precision.type().bytes());
            Tensor scores = Tensor.of(precision.type(), shape, memory);
            BinaryLoop.run(
                    sum,
                    Tensor.of(precision.type(), shape, precision.read(run, x)),
                    precision.tensor(run, bias),
                    scores,
                    run.workers());
            int axis = axis(lowering, shape.rank());
            int columns = Math.toIntExact(shape.elements(axis, shape.rank()));
            MemorySegment computed = precision.target(run, run.output(0));
            long bytes = (long) columns * precision.type().bytes();
            Parallel.rows(
                    run.workers(),
                    shape.elements(0, axis),
                    columns,
                    precision.type(),
                    (from, rows) -> softmax.run(memory, bytes * from, computed, bytes * from, rows, columns, 1));
            precision.write(run, computed, run.output(0));
        });
    }
}
