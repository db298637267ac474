package dev.nereid.models.operators.linear;

import dev.nereid.kernels.convolution.ChainLink;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionKernels;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedChain;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * dev.nereid.ChannelsLastConvChain, which passes emit: some {@link ChannelsLastConv} that follow each other, of which only
 * the last may have a residual, and without Winograd's algorithm.
 *
 * <p>Inputs: x: [batch, spatial..., channels] of {@code FP32}; of each convolution w and bias; residual, optional: the
 * shape of y. Output: y: [batch, spatial..., filters]. Attributes: convolutions, how many there are; those of convolution
 * i, named {@code i.name}.
 */
final class ChannelsLastConvChain implements Operator {
    /** Inputs of each convolution. */
    private static final int EACH = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType type = inference.type(0);
        for (int i = 0; i < count(inference.attributes()); i++) {
            TensorType w = inference.type(weights(i));
            DimChecks.channelsLast(attributes(inference.attributes(), i), type, w);
            WindowAttributes window = WindowAttributes.of(
                    attributes(inference.attributes(), i),
                    Conv.spatial(w.shape().orElseThrow()));
            type = ChannelsLast.output(type, window, w.dim(0));
        }
        return List.of(type);
    }

    /** A convolution of whatever shape. */
    private record Link(
            PackedFilters w, WindowAttributes window, Optional<MemorySegment> bias, Activation activation) {}

    @Override
    public void lower(Lowering lowering) {
        ConvolutionKernels kernels = lowering.kernels().convolution();
        int count = count(lowering.attributes());
        List<Link> links = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            links.add(link(lowering, kernels, i));
        }
        int residual = weights(count);
        LastShapeCache<PreparedChain> prepared = new LastShapeCache<>();
        lowering.stepReading(lowering.has(residual) ? new int[] {0, residual} : new int[] {0}, run -> {
            PreparedChain chain = prepared.of(run.input(0).shape(), x -> kernels.prepare(links(links, x)));
            chain.run(
                    run.input(0).segment(),
                    ChannelsLastConv.residual(run, residual),
                    run.output(0).segment(),
                    run.scratch(chain.scratchBytes(run.workers().count())),
                    run.workers());
        });
    }

    private static Link link(Lowering lowering, ConvolutionKernels kernels, int i) {
        Tensor w = lowering.constant(weights(i))
                .orElseThrow(() -> new ModelFormatException("expected constant filters as input " + weights(i)));
        Attributes attributes = attributes(lowering.attributes(), i);
        Filters filters = ChannelsLastConv.filters(attributes, w.shape());
        PackedFilters packed =
                kernels.packLink(filters, w.segment(), lowering.constantMemory(kernels.linkBytes(filters)));
        return new Link(
                packed,
                WindowAttributes.of(attributes, Conv.spatial(w.shape())),
                ChannelsLastConv.bias(lowering, weights(i) + 1, filters.count()),
                FusedActivation.of(attributes));
    }

    private static List<ChainLink> links(List<Link> links, Shape x) {
        List<ChainLink> result = new ArrayList<>();
        Shape from = x;
        for (Link link : links) {
            ConvShape shape = ChannelsLastConv.shape(link.w().filters(), link.window(), from);
            result.add(new ChainLink(shape, link.w(), link.bias(), link.activation()));
            from = output(shape);
        }
        return result;
    }

    private static Shape output(ConvShape shape) {
        int[] spatial = shape.window().output();
        long[] extents = new long[spatial.length + 2];
        extents[0] = shape.batch();
        for (int axis = 0; axis < spatial.length; axis++) {
            extents[axis + 1] = spatial[axis];
        }
        extents[spatial.length + 1] = shape.filters();
        return Shape.of(extents);
    }

    private static int count(Attributes attributes) {
        return Math.toIntExact(attributes.integer("convolutions", 0));
    }

    private static int weights(int convolution) {
        return 1 + EACH * convolution;
    }

    private static Attributes attributes(Attributes all, int convolution) {
        String prefix = convolution + ".";
        Map<String, Attribute> own = new HashMap<>();
        all.map().forEach((name, attribute) -> {
            if (name.startsWith(prefix)) {
                own.put(name.substring(prefix.length()), attribute);
            }
        });
        return new Attributes(own);
    }
}
