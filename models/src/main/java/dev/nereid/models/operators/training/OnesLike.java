package dev.nereid.models.operators.training;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** dev.nereid OnesLike, which the expansion of gradients emits: ones, as many as the input has elements. */
final class OnesLike implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> {
            Tensor y = run.output(0);
            for (long i = 0; i < y.shape().elements(); i++) {
                ScalarElements.setReal(y, i, 1);
            }
        });
    }
}
