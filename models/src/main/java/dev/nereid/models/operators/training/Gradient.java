package dev.nereid.models.operators.training;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import java.util.List;

/**
 * ai.onnx.preview.training Gradient. A pass replaces it in the main graph, since derivatives are made of the nodes
 * around it; what is left over stands where that is not possible.
 */
final class Gradient implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        throw new ModelFormatException("gradients are computed in the main graph alone, not in subgraphs");
    }

    @Override
    public void lower(Lowering lowering) {
        outputTypes(lowering);
    }
}
