package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ImageScaler, an experimental operator of opset 1: {@code y = scale * x + bias}, with a bias for each channel.
 *
 * <p>x and y: [batch, channels, height, width].
 */
final class ImageScaler implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.hasRank() && x.rank() != 4) {
            throw new ModelFormatException("expected x: [batch, channels, height, width], got " + x);
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        double scale = lowering.attributes().real("scale", 1f);
        List<Float> bias = lowering.attributes().reals("bias").orElse(List.of());
        lowering.stepInPlace(0, run -> {
            Tensor x = run.input(0);
            int channels = Math.toIntExact(x.shape().dim(1));
            if (bias.size() != channels) {
                throw new IllegalArgumentException(
                        "attribute 'bias': expected " + channels + " numbers, got " + bias.size());
            }
            long plane = x.shape().elements(2, 4);
            for (long i = 0; i < x.shape().elements(); i++) {
                double added = bias.get((int) (i / plane % channels));
                ScalarElements.setReal(run.output(0), i, scale * ScalarElements.real(x, i) + added);
            }
        });
    }
}
