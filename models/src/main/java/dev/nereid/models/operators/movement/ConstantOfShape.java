package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** ONNX ConstantOfShape: one value, FP32 zero unless {@code value} says otherwise, in the shape that the input holds. */
final class ConstantOfShape implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        DataType type = in.attributes().tensor("value").map(Tensor::dataType).orElse(DataType.FP32);
        Optional<List<Dim>> dims = in.content(0);
        if (dims.isPresent()) {
            if (dims.get().stream().anyMatch(dim -> dim.isKnown() && dim.value() < 0)) {
                throw new ModelFormatException("shape " + dims.get() + " has a negative dim");
            }
            return List.of(TensorType.of(type, dims.get()));
        }
        return List.of(AxisArguments.length(in, 0)
                .map(rank -> TensorType.of(type, AxisArguments.unknown(in, rank)))
                .orElseGet(() -> TensorType.ofUnknownRank(type)));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Tensor value = lowering.attributes()
                .tensor("value")
                .map(tensor -> Constant.copy(tensor, lowering::constantMemory))
                .orElseGet(() -> Tensor.of(DataType.FP32, Shape.SCALAR, lowering.constantMemory(4)));
        lowering.step(run -> elements.fill(value, run.output(0), run.workers()));
    }
}
