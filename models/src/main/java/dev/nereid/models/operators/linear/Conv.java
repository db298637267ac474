package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionLayer;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Conv, and dev.nereid.FusedConv, which passes emit: {@code y = activation(conv(x, w) + bias) + residual}.
 *
 * <p>Inputs: x: [batch, channels, spatial...]; w: [filters, channels / group, kernel...]; bias, optional: [filters]; and
 * of FusedConv alone: residual, optional: the shape of y. Output: y: [batch, filters, spatial...]. Attributes: those of
 * ONNX Conv, and of FusedConv alone, which is for {@code FP32}, {@code FP16} and {@code BF16}, those of {@link
 * FusedActivation}; of both, from a pass alone, winograd: whether a device may use Winograd's algorithm, 0 if absent.
 */
public final class Conv implements Operator {
    public static final int BIAS = 2;
    public static final int RESIDUAL = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        TensorType w = inference.type(1);
        if (!x.hasRank() || !w.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        if (x.rank() < 3 || x.rank() != w.rank()) {
            throw new ModelFormatException("expected x and w of one rank of at least 3, got " + x + " and " + w);
        }
        DimChecks.convolution(inference.attributes(), x, w);
        DimChecks.vector(inference, BIAS, "bias", w.dim(0));
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0), w.dim(0)));
        Optional<int[]> kernel = kernel(inference, w);
        for (int axis = 0; axis < x.rank() - 2; axis++) {
            dims.add(
                    kernel.isPresent()
                            ? WindowAttributes.of(inference.attributes(), kernel.get())
                                    .output(axis, x.dim(axis + 2))
                            : inference.unknownDim());
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    /** The kernel's extents: those of w, or of the attribute while w is not known. */
    private static Optional<int[]> kernel(Inference inference, TensorType w) {
        int[] kernel = new int[w.rank() - 2];
        Optional<long[]> attribute = inference.attributes().integers("kernel_shape");
        for (int axis = 0; axis < kernel.length; axis++) {
            if (w.dim(axis + 2).isKnown()) {
                kernel[axis] = Math.toIntExact(w.dim(axis + 2).value());
            } else if (attribute.isPresent()) {
                kernel[axis] = Math.toIntExact(attribute.get()[axis]);
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(kernel);
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        Activation activation = FusedActivation.of(attributes);
        boolean adds = lowering.has(RESIDUAL);
        boolean fused = activation.kind() != Activation.Kind.NONE || adds;
        DataType type = lowering.type(0).dataType();
        DataType computed = fused && DataTypes.HALVES.contains(type) ? DataType.FP32 : type;
        ConvolutionPlan plan = plan(lowering, computed, false);
        StepKernel convolution = run -> convolve(
                plan, run, shape(attributes, run), activation, adds ? optional(run, RESIDUAL) : Optional.empty());
        lowering.step(fused ? WideningStep.of(lowering, convolution) : convolution);
    }

    private static ConvShape shape(Attributes attributes, StepRun run) {
        return shape(
                attributes,
                run.input(0).shape(),
                run.input(1).shape(),
                run.has(BIAS) ? Optional.of(run.input(BIAS).shape()) : Optional.empty());
    }

    public static ConvShape shape(Attributes attributes, Shape x, Shape w, Optional<Shape> bias) {
        WindowAttributes moves = WindowAttributes.of(attributes, spatial(w));
        int groups = Math.toIntExact(attributes.integer("group", 1));
        if (groups < 1 || w.rank() != x.rank() || w.dim(0) % groups != 0) {
            throw new IllegalArgumentException(
                    "w: expected filters of the rank of " + x + " for " + groups + " groups, got " + w);
        }
        if (bias.isPresent() && !bias.get().equals(Shape.of(w.dim(0)))) {
            throw new IllegalArgumentException("bias: expected [" + w.dim(0) + "], got " + bias.get());
        }
        if (w.dim(1) * groups != x.dim(1)) {
            throw new IllegalArgumentException(
                    "expected filters for " + x.dim(1) + " channels in " + groups + " groups, got " + w);
        }
        return new ConvShape(
                Math.toIntExact(x.dim(0)),
                Math.toIntExact(x.dim(1)),
                Math.toIntExact(w.dim(0)),
                groups,
                moves.window(spatial(x)));
    }

    /** The dims behind the first two. */
    public static int[] spatial(Shape shape) {
        int[] spatial = new int[shape.rank() - 2];
        for (int axis = 0; axis < spatial.length; axis++) {
            spatial[axis] = Math.toIntExact(shape.dim(axis + 2));
        }
        return spatial;
    }

    /** The algorithm of a convolution of {@code type} with its channels first. */
    static ConvolutionPlan plan(Lowering lowering, DataType type, boolean transposed) {
        return lowering.kernels().convolution().prepare(new ConvolutionLayer.ChannelsFirst(type, transposed));
    }

    private static void convolve(
            ConvolutionPlan plan,
            StepRun run,
            ConvShape shape,
            Activation activation,
            Optional<MemorySegment> residual) {
        PreparedConvolution convolution = plan.prepare(shape, run.input(1).segment(), run::scratch);
        run(run, convolution, optional(run, BIAS), activation, residual);
    }

    /** Runs a convolution of a step's input 0 to its output 0. */
    static void run(
            StepRun run,
            PreparedConvolution convolution,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual) {
        convolution.run(
                run.input(0).segment(),
                bias,
                activation,
                residual,
                run.output(0).segment(),
                run.scratch(convolution.scratchBytes(run.workers().count())),
                run.workers());
    }

    static Optional<MemorySegment> optional(StepRun run, int input) {
        return run.has(input) ? Optional.of(run.input(input).segment()) : Optional.empty();
    }
}
