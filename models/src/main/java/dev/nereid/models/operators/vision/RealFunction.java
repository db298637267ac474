package dev.nereid.models.operators.vision;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The experimental operators of opset 1 that compute every number from one: Affine, Scale, ParametricSoftplus and
 * ScaledTanh.
 */
enum RealFunction implements Operator {
    /** {@code alpha * x + beta}. */
    AFFINE {
        @Override
        DoubleUnaryOperator of(Attributes attributes) {
            double alpha = attributes.real("alpha", 1f);
            double beta = attributes.real("beta", 0f);
            return x -> alpha * x + beta;
        }
    },
    /** {@code scale * x}. */
    SCALE {
        @Override
        DoubleUnaryOperator of(Attributes attributes) {
            double scale = attributes.real("scale", 1f);
            return x -> scale * x;
        }
    },
    /** {@code alpha * log(1 + exp(beta * x))}. */
    PARAMETRIC_SOFTPLUS {
        @Override
        DoubleUnaryOperator of(Attributes attributes) {
            double alpha = attributes.real("alpha", 1f);
            double beta = attributes.real("beta", 1f);
            return x -> alpha * (Math.max(beta * x, 0) + Math.log1p(Math.exp(-Math.abs(beta * x))));
        }
    },
    /** {@code alpha * tanh(beta * x)}. */
    SCALED_TANH {
        @Override
        DoubleUnaryOperator of(Attributes attributes) {
            double alpha = attributes.real("alpha", 1f);
            double beta = attributes.real("beta", 1f);
            return x -> alpha * Math.tanh(beta * x);
        }
    };

    /** The function that a node's attributes describe. */
    abstract DoubleUnaryOperator of(Attributes attributes);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        DoubleUnaryOperator function = of(lowering.attributes());
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            for (long i = 0; i < x.shape().elements(); i++) {
                ScalarElements.setReal(run.output(0), i, function.applyAsDouble(ScalarElements.real(x, i)));
            }
        });
    }
}
