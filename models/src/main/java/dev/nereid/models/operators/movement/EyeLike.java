package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX EyeLike: a matrix of the input's shape with ones on the diagonal that {@code k} moves right. */
final class EyeLike implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        DataType type = in.attributes()
                .integer("dtype")
                .map(OnnxTypes::dataType)
                .orElse(in.type(0).dataType());
        if (in.type(0).hasRank() && in.type(0).rank() != 2) {
            throw new ModelFormatException("expected a matrix, got " + in.type(0));
        }
        return List.of(in.type(0).withDataType(type));
    }

    @Override
    public void lower(Lowering lowering) {
        long k = lowering.attributes().integer("k", 0);
        lowering.step(run -> {
            Tensor y = run.output(0);
            ElementMover.clear(y);
            long columns = y.shape().dim(1);
            for (long row = 0; row < y.shape().dim(0); row++) {
                if (row + k >= 0 && row + k < columns) {
                    ScalarElements.setReal(y, row * columns + row + k, 1);
                }
            }
        });
    }
}
