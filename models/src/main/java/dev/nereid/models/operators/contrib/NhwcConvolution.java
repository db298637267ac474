package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionLayer;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.elementwise.BinaryLoop;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.NhwcConv and NhwcFusedConv: {@code y = activation(conv(x, w) + bias + z)} with the channels last.
 *
 * <p>Inputs: x: [batch, spatial..., channels]; w: of NhwcConv [filters, kernel..., channels / group], of NhwcFusedConv
 * [filters, channels / group, kernel...]; bias, optional: [filters]; z, of NhwcFusedConv, optional: the shape of y. Output:
 * y: [batch, spatial..., filters]. Attributes: those of ONNX Conv, and {@link Activations}'s.
 *
 * @param weightsToo whether the channels are the last axis of w too
 */
record NhwcConvolution(boolean weightsToo) implements Operator {
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int ADDED = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Activations.of(inference.attributes());
        TensorType x = inference.type(0);
        TensorType w = inference.type(WEIGHTS);
        if (!x.hasRank() || !w.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        if (x.rank() < 3 || x.rank() != w.rank()) {
            throw new ModelFormatException("expected x and w of one rank of at least 3, got " + x + " and " + w);
        }
        TensorType weights = weightsToo ? NhwcLayout.channelsFirst(w) : w;
        DimChecks.convolution(inference.attributes(), NhwcLayout.channelsFirst(x), weights);
        DimChecks.vector(inference, BIAS, "bias", weights.dim(0));
        Optional<Shape> kernel = weights.shape();
        if (kernel.isEmpty()) {
            List<Dim> dims = new ArrayList<>(List.of(x.dim(0)));
            for (int axis = 1; axis < x.rank() - 1; axis++) {
                dims.add(inference.unknownDim());
            }
            dims.add(weights.dim(0));
            return List.of(TensorType.of(x.dataType(), dims));
        }
        WindowAttributes window = WindowAttributes.of(inference.attributes(), kernel(kernel.get()));
        return List.of(ChannelsLast.output(x, window, weights.dim(0)));
    }

    /** The extents of the kernel of weights with their channels second. */
    private static int[] kernel(Shape weights) {
        return Arrays.stream(weights.dims()).skip(2).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public void lower(Lowering lowering) {
        DataType type = lowering.type(0).dataType();
        Attributes attributes = lowering.attributes();
        ConvolutionPlan plan =
                lowering.kernels().convolution().prepare(new ConvolutionLayer.ChannelsFirst(type, false));
        BinaryKernel sum = lowering.kernels().elementwise().binary(BinaryOp.ADD, type);
        Optional<Activations.Activation> activation = Activations.of(attributes);
        Optional<UnaryKernel> function =
                activation.map(found -> lowering.kernels().elementwise().unary(found.op(), type));
        lowering.step(run -> {
            convolve(plan, attributes, run);
            Tensor y = run.output(0);
            if (run.has(ADDED)) {
                if (!run.input(ADDED).shape().equals(y.shape())) {
                    throw new IllegalArgumentException("input 3: expected the shape " + y.shape() + ", got "
                            + run.input(ADDED).shape());
                }
                BinaryLoop.run(sum, y, run.input(ADDED), y, run.workers());
            }
            if (activation.isPresent()) {
                Activations.apply(
                        function.orElseThrow(),
                        activation.get().alpha(),
                        activation.get().beta(),
                        y,
                        run.workers());
            }
        });
    }

    private void convolve(ConvolutionPlan plan, Attributes attributes, StepRun run) {
        Tensor x = run.input(0);
        Tensor w = run.input(WEIGHTS);
        int bytes = x.dataType().bytes();
        Shape weights = weightsToo ? channelsFirst(w.shape()) : w.shape();
        ConvShape shape = shape(attributes, x.shape(), weights);
        if (run.has(BIAS) && run.input(BIAS).shape().elements() != shape.filters()) {
            throw new IllegalArgumentException("input 2: expected " + shape.filters() + " numbers, got "
                    + run.input(BIAS).shape());
        }
        MemorySegment filters = w.segment();
        if (weightsToo) {
            filters = run.scratch(w.byteSize());
            NhwcLayout.toChannelsFirst(
                    w.segment(),
                    filters,
                    weights.dim(0),
                    weights.dim(1),
                    shape.window().taps(),
                    bytes);
        }
        MemorySegment input = run.scratch(x.byteSize());
        NhwcLayout.toChannelsFirst(
                x.segment(),
                input,
                shape.batch(),
                shape.channels(),
                shape.window().inputs(),
                bytes);
        MemorySegment output = run.scratch(run.output(0).byteSize());
        Optional<MemorySegment> bias =
                run.has(BIAS) ? Optional.of(run.input(BIAS).segment()) : Optional.empty();
        PreparedConvolution convolution = plan.prepare(shape, filters, run::scratch);
        convolution.run(
                input,
                bias,
                Activation.NONE,
                Optional.empty(),
                output,
                run.scratch(convolution.scratchBytes(run.workers().count())),
                run.workers());
        NhwcLayout.toChannelsLast(
                output,
                run.output(0).segment(),
                shape.batch(),
                shape.filters(),
                shape.window().outputs(),
                bytes);
    }

    private static Shape channelsFirst(Shape shape) {
        long[] dims = shape.dims();
        long channels = dims[dims.length - 1];
        System.arraycopy(dims, 1, dims, 2, dims.length - 2);
        dims[1] = channels;
        return Shape.of(dims);
    }

    private static ConvShape shape(Attributes attributes, Shape x, Shape weights) {
        int groups = Math.toIntExact(attributes.integer("group", 1));
        if (groups < 1 || weights.rank() != x.rank() || weights.dim(1) * groups != x.dim(-1)) {
            throw new IllegalArgumentException("expected filters for " + x.dim(-1) + " channels in " + groups
                    + " groups, got " + weights + " with the channels second");
        }
        return new ConvShape(
                Math.toIntExact(x.dim(0)),
                Math.toIntExact(x.dim(-1)),
                Math.toIntExact(weights.dim(0)),
                groups,
                WindowAttributes.of(attributes, kernel(weights)).window(ChannelsLast.spatial(x)));
    }
}
