package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * ONNX RMSNormalization: the elements from {@code axis} on, divided by the root of their mean square, times a scale
 * that broadcasts to them.
 */
final class RmsNormalization implements Operator {
    private static final int SCALE = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.dataType().isFloat()) {
            throw new ModelFormatException("RMSNormalization takes no elements of " + x.dataType());
        }
        return List.of(x.withDataType(inference.type(SCALE).dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        NormKernel kernel = lowering.kernels().reduce().norm(type);
        float epsilon = lowering.attributes().real("epsilon", 1e-5f);
        long axisAttribute = lowering.attributes().integer("axis", -1);
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            Shape shape = x.shape();
            int axis = Axes.of(axisAttribute, shape.rank());
            int columns = Math.toIntExact(shape.elements(axis, shape.rank()));
            long bytes = (long) type.bytes() * columns;
            MemorySegment scale = Rows.expanded(run, SCALE, shape, axis);
            MemorySegment y = run.output(0).segment();
            Parallel.rows(
                    run.workers(),
                    shape.elements(0, axis),
                    columns,
                    type,
                    (from, rows) -> kernel.rootMeanSquare(
                            x.segment(), bytes * from, scale, 0, y, bytes * from, rows, columns, epsilon));
        });
    }
}
