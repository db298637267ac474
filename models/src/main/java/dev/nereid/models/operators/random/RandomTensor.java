package dev.nereid.models.operators.random;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * ONNX RandomNormal and RandomUniform, whose shape and datatype are attributes, and RandomNormalLike and
 * RandomUniformLike, which have an input of the same shape.
 *
 * @param like whether there is such an input
 */
record RandomTensor(Distribution distribution, boolean like) implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        distribution.of(inference.attributes());
        Optional<DataType> given = inference.attributes().integer("dtype").map(OnnxTypes::dataType);
        DataType type = given.orElseGet(() -> like ? inference.type(0).dataType() : DataType.FP32);
        if (!DataTypes.FLOATS.contains(type)) {
            throw new ModelFormatException("attribute 'dtype': expected a float datatype, got " + type);
        }
        return List.of(like ? inference.type(0).withDataType(type) : TensorType.of(type, shape(inference)));
    }

    private static Shape shape(Inference inference) {
        long[] dims = inference
                .attributes()
                .integers("shape")
                .orElseThrow(() -> new ModelFormatException("attribute 'shape' is missing"));
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException("attribute 'shape': " + e.getMessage(), e);
        }
    }

    @Override
    public void lower(Lowering lowering) {
        Distribution.Draw draw = distribution.of(lowering.attributes());
        RandomStream stream = RandomStream.of(lowering.attributes());
        lowering.step(run -> {
            Tensor y = run.output(0);
            RandomGenerator random = stream.start();
            for (long i = 0; i < y.shape().elements(); i++) {
                draw.into(random, y, i);
            }
        });
    }

    @Override
    public boolean deterministic() {
        return false;
    }
}
