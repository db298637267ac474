package dev.nereid.models.operators.training;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX NegativeLogLikelihoodLoss: the {@link ClassLoss} of an x that holds logarithms of probabilities. */
final class NegativeLogLikelihoodLoss implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(ClassLoss.of(inference.attributes()).type(inference));
    }

    @Override
    public void lower(Lowering lowering) {
        ClassLoss loss = ClassLoss.of(lowering.attributes());
        lowering.step(run -> {
            Tensor x = run.input(0);
            loss.run(run, (index, _) -> ScalarElements.real(x, index));
        });
    }
}
