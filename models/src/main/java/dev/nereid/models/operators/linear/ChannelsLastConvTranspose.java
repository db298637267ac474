package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionLayer;
import dev.nereid.kernels.convolution.ConvolutionPlan;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.ChannelsLastConvTranspose, which passes emit: {@code y = activation(convTranspose(x, w) + bias) + residual}.
 *
 * <p>Inputs: x: [batch, spatial..., inputs] of {@code FP32}, one to three spatial axes; w: a constant [inputs, outputs
 * / group, kernel...]; bias, optional: a constant [outputs]; residual, optional: the shape of y. Output: y: [batch,
 * spatial..., outputs]. Attributes: those of ONNX ConvTranspose and of {@link FusedActivation}.
 */
final class ChannelsLastConvTranspose implements Operator {
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return types(inference);
    }

    static List<TensorType> types(Inference inference) {
        TensorType x = inference.type(0);
        TensorType w = inference.type(WEIGHTS);
        int rank = w.rank() - 2;
        DimChecks.dim("x", x, rank + 1, w.dim(0));
        TransposedAttributes attributes = new TransposedAttributes(inference.attributes(), rank);
        List<Dim> dims = new ArrayList<>(List.of(x.dim(0)));
        for (int axis = 0; axis < rank; axis++) {
            dims.add(attributes.output(axis, x.dim(axis + 1), w.dim(axis + 2)));
        }
        dims.add(w.dim(1).times(attributes.group()));
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        Tensor w = lowering.constant(WEIGHTS)
                .orElseThrow(() -> new ModelFormatException("expected constant filters as input 1"));
        TransposedAttributes attributes =
                new TransposedAttributes(lowering.attributes(), w.shape().rank() - 2);
        ConvolutionPlan.Packed packed =
                plan(lowering, attributes, w.shape()).pack(w.segment(), lowering::constantMemory);
        Activation activation = FusedActivation.of(lowering.attributes());
        Optional<MemorySegment> bias =
                ChannelsLastConv.bias(lowering, BIAS, Math.toIntExact(w.shape().dim(1) * attributes.group()));
        LastShapeCache<PreparedConvolution> prepared = new LastShapeCache<>();
        lowering.stepReading(lowering.has(RESIDUAL) ? new int[] {0, RESIDUAL} : new int[] {0}, run -> {
            Shape y = run.output(0).shape();
            PreparedConvolution convolution =
                    prepared.of(run.input(0).shape(), x -> packed.prepare(shape(attributes, w.shape(), x, y)));
            Conv.run(run, convolution, bias, activation, ChannelsLastConv.residual(run, RESIDUAL));
        });
    }

    static ConvolutionPlan plan(Lowering lowering, TransposedAttributes attributes, Shape w) {
        return lowering.kernels()
                .convolution()
                .prepare(new ConvolutionLayer.ChannelsLastTransposed(anyShape(attributes, w), attributes.isPlain(w)));
    }

    /** One cell each: what filters are packed for does not depend on extents. */
    private static ConvShape anyShape(TransposedAttributes attributes, Shape w) {
        int[] ones = Conv.spatial(w);
        Arrays.fill(ones, 1);
        return shape(attributes, w, 1, ones, ones);
    }

    static ConvShape shape(TransposedAttributes attributes, Shape w, Shape x, Shape y) {
        if (x.rank() != w.rank() || x.dim(x.rank() - 1) != w.dim(0)) {
            throw new IllegalArgumentException(
                    "x: expected rank " + w.rank() + " with " + w.dim(0) + " channels as the last axis, got " + x);
        }
        return shape(attributes, w, Math.toIntExact(x.dim(0)), ChannelsLast.spatial(x), ChannelsLast.spatial(y));
    }

    private static ConvShape shape(TransposedAttributes attributes, Shape w, int batch, int[] x, int[] y) {
        Window window = attributes.window(x, Conv.spatial(w), y);
        int outputs = Math.toIntExact(w.dim(1) * attributes.group());
        return new ConvShape(batch, outputs, Math.toIntExact(w.dim(0)), attributes.group(), window);
    }
}
