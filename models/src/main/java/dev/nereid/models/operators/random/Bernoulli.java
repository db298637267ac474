package dev.nereid.models.operators.random;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.random.RandomGenerator;

/** ONNX Bernoulli: one with the probability that the input's element says, else zero. */
final class Bernoulli implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference
                .attributes()
                .integer("dtype")
                .map(OnnxTypes::dataType)
                .orElse(inference.type(0).dataType());
        if (!DataTypes.NUMBERS.contains(type) && type != DataType.BOOL) {
            throw new ModelFormatException("attribute 'dtype': expected numbers or BOOL, got " + type);
        }
        return List.of(inference.type(0).withDataType(type));
    }

    @Override
    public void lower(Lowering lowering) {
        RandomStream stream = RandomStream.of(lowering.attributes());
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            RandomGenerator random = stream.start();
            for (long i = 0; i < x.shape().elements(); i++) {
                ScalarElements.setReal(y, i, random.nextDouble() < ScalarElements.real(x, i) ? 1 : 0);
            }
        });
    }

    @Override
    public boolean deterministic() {
        return false;
    }
}
