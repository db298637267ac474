package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionLayer;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.ChannelsLastConv, which passes emit: {@code y = activation(conv(x, w) + bias) + residual}.
 *
 * <p>Inputs: x: [batch, spatial..., channels] of {@code FP32}, one to three spatial axes; w: a constant [filters, channels /
 * group, kernel...]; bias, optional: a constant [filters]; residual, optional: the shape of y. Output: y: [batch, spatial...,
 * filters]. Attributes: those of ONNX Conv and of {@link FusedActivation}, and winograd: whether
 * Winograd's algorithm may be used, 0 if absent.
 */
public final class ChannelsLastConv implements Operator {
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return types(inference);
    }

    /** The types of a convolution with its channels last whose filters have known dims. */
    static List<TensorType> types(Inference inference) {
        TensorType w = inference.type(WEIGHTS);
        DimChecks.channelsLast(inference.attributes(), inference.type(0), w);
        WindowAttributes window = WindowAttributes.of(
                inference.attributes(), Conv.spatial(w.shape().orElseThrow()));
        return List.of(ChannelsLast.output(inference.type(0), window, w.dim(0)));
    }

    @Override
    public void lower(Lowering lowering) {
        Tensor w = lowering.constant(WEIGHTS)
                .orElseThrow(() -> new ModelFormatException("expected constant filters as input 1"));
        Attributes attributes = lowering.attributes();
        WindowAttributes window = WindowAttributes.of(attributes, Conv.spatial(w.shape()));
        ConvolutionLayer.ChannelsLast layer = layer(attributes, lowering.type(0), w.shape());
        ConvolutionPlan.Packed packed =
                lowering.kernels().convolution().prepare(layer).pack(w.segment(), lowering::constantMemory);
        Activation activation = FusedActivation.of(attributes);
        Optional<MemorySegment> bias =
                bias(lowering, BIAS, Math.toIntExact(w.shape().dim(0)));
        LastShapeCache<PreparedConvolution> prepared = new LastShapeCache<>();
        lowering.stepReading(lowering.has(RESIDUAL) ? new int[] {0, RESIDUAL} : new int[] {0}, run -> {
            PreparedConvolution convolution =
                    prepared.of(run.input(0).shape(), x -> packed.prepare(shape(layer.filters(), window, x)));
            Conv.run(run, convolution, bias, activation, residual(run, RESIDUAL));
        });
    }

    /**
     * What the algorithm of a layer is chosen by.
     *
     * @param x the type of the input
     * @param w the shape of the filters
     */
    public static ConvolutionLayer.ChannelsLast layer(Attributes attributes, TensorType x, Shape w) {
        int[] kernel = Conv.spatial(w);
        return new ConvolutionLayer.ChannelsLast(
                filters(attributes, w),
                kernel,
                ChannelsLast.usualWindow(WindowAttributes.of(attributes, kernel), x),
                attributes.integer("winograd", 0) != 0);
    }

    static Filters filters(Attributes attributes, Shape w) {
        int groups = Math.toIntExact(attributes.integer("group", 1));
        int taps = Math.toIntExact(w.elements(2, w.rank()));
        return new Filters(Math.toIntExact(w.dim(0)), groups, Math.toIntExact(w.dim(1)), taps);
    }

    static ConvShape shape(Filters filters, WindowAttributes window, Shape x) {
        int channels = filters.groups() * filters.groupChannels();
        if (x.rank() != window.rank() + 2 || x.dim(-1) != channels) {
            throw new IllegalArgumentException("x: expected rank " + (window.rank() + 2) + " with " + channels
                    + " channels as the last axis, got " + x);
        }
        return new ConvShape(
                Math.toIntExact(x.dim(0)),
                channels,
                filters.count(),
                filters.groups(),
                window.window(ChannelsLast.spatial(x)));
    }

    /** What input {@code input} says is added to the output. */
    static Optional<MemorySegment> residual(StepRun run, int input) {
        if (!run.has(input)) {
            return Optional.empty();
        }
        Tensor residual = run.input(input);
        if (!residual.shape().equals(run.output(0).shape())) {
            throw new IllegalArgumentException(
                    "residual: expected " + run.output(0).shape() + ", got " + residual.shape());
        }
        return Optional.of(residual.segment());
    }

    /** The constant that input {@code input} is; lives as long as the plan. */
    static Optional<MemorySegment> bias(Lowering lowering, int input, int filters) {
        if (!lowering.has(input)) {
            return Optional.empty();
        }
        Tensor bias = lowering.constant(input)
                .orElseThrow(() -> new ModelFormatException("expected a constant bias as input " + input));
        if (!bias.shape().equals(Shape.of(filters))) {
            throw new ModelFormatException("bias: expected [" + filters + "], got " + bias.shape());
        }
        return Optional.of(Constants.copy(lowering, bias).segment());
    }
}
