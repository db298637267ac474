package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.ChannelsLastComputedConv, which passes emit: {@link ChannelsLastConv} of filters that are no constant but of
 * known dims, and of any bias. They are packed anew for every run, which takes less time than to lay out what each filter
 * reads.
 */
final class ChannelsLastComputedConv implements Operator {
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return ChannelsLastConv.types(inference);
    }

    @Override
    public void lower(Lowering lowering) {
        Shape w = lowering.type(WEIGHTS).shape().orElseThrow();
        WindowAttributes window = WindowAttributes.of(lowering.attributes(), Conv.spatial(w));
        Filters filters = ChannelsLastConv.filters(lowering.attributes(), w);
        Activation activation = FusedActivation.of(lowering.attributes());
        ConvolutionPlan plan = lowering.kernels()
                .convolution()
                .prepare(ChannelsLastConv.layer(lowering.attributes(), lowering.type(0), w));
        lowering.step(run -> {
            ConvShape shape =
                    ChannelsLastConv.shape(filters, window, run.input(0).shape());
            PreparedConvolution convolution =
                    plan.prepare(shape, run.input(WEIGHTS).segment(), run::scratch);
            Conv.run(
                    run, convolution, bias(run, filters.count()), activation, ChannelsLastConv.residual(run, RESIDUAL));
        });
    }

    /** The bias, which may be left out. */
    static Optional<MemorySegment> bias(StepRun run, int filters) {
        if (!run.has(BIAS)) {
            return Optional.empty();
        }
        Shape shape = run.input(BIAS).shape();
        if (!shape.equals(Shape.of(filters))) {
            throw new IllegalArgumentException("bias: expected [" + filters + "], got " + shape);
        }
        return Optional.of(run.input(BIAS).segment());
    }
}
