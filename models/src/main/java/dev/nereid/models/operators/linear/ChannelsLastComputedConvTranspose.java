package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.ChannelsLastComputedConvTranspose, which passes emit: {@link ChannelsLastConvTranspose} of filters that are no
 * constant but of known dims, of any bias, and with nothing behind it. They are packed anew for every run.
 */
final class ChannelsLastComputedConvTranspose implements Operator {
    private static final int WEIGHTS = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return ChannelsLastConvTranspose.types(inference);
    }

    @Override
    public void lower(Lowering lowering) {
        Shape w = lowering.type(WEIGHTS).shape().orElseThrow();
        TransposedAttributes attributes = new TransposedAttributes(lowering.attributes(), w.rank() - 2);
        ConvolutionPlan plan = ChannelsLastConvTranspose.plan(lowering, attributes, w);
        int outputs = Math.toIntExact(w.dim(1) * attributes.group());
        lowering.step(run -> {
            ConvShape shape = ChannelsLastConvTranspose.shape(
                    attributes, w, run.input(0).shape(), run.output(0).shape());
            PreparedConvolution convolution =
                    plan.prepare(shape, run.input(WEIGHTS).segment(), run::scratch);
            Conv.run(run, convolution, ChannelsLastComputedConv.bias(run, outputs), Activation.NONE, Optional.empty());
        });
    }
}
