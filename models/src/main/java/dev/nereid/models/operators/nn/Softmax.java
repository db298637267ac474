package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.RowKernel;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX Softmax, LogSoftmax and Hardmax.
 *
 * @param flatten whether the axes from {@code axis} on are one, as before opset 13; else it is that axis alone
 */
public record Softmax(RowOp op, boolean flatten) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        if (!type.isFloat()) {
            throw new ModelFormatException(inference.node().operator() + " takes no elements of " + type);
        }
        TensorType x = inference.type(0);
        long axis = inference.attributes().integer("axis", flatten ? 1 : -1);
        if (x.hasRank() && x.rank() > 0 && !(flatten && axis == x.rank())) {
            OperatorAxes.of(axis, x.rank());
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        RowKernel kernel = lowering.kernels().reduce().row(op, type);
        long axisAttribute = lowering.attributes().integer("axis", flatten ? 1 : -1);
        long bytes = type.bytes();
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Shape shape = x.shape();
            int rank = shape.rank();
            // A scalar is a row of one; and the old operator lets the axis be the rank, for rows of one.
            int axis = rank == 0 || (flatten && axisAttribute == rank) ? rank : OperatorAxes.of(axisAttribute, rank);
            int end = flatten || axis == rank ? rank : axis + 1;
            int length = Math.toIntExact(shape.elements(axis, end));
            int inner = Math.toIntExact(shape.elements(end, rank));
            long block = (long) length * inner;
            Parallel.rows(
                    run.workers(),
                    shape.elements(0, axis),
                    block,
                    type,
                    (from, rows) -> kernel.run(
                            x.segment(), bytes * from * block, y.segment(), bytes * from * block, rows, length, inner));
        });
    }
}
