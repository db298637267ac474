package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Batch normalisation in front of a convolution, which no weights can take, becomes a convolution of one tap a channel:
 * that takes the activation between the two, and lies with its channels as the other one does.
 */
public final class NormalizeByConvolution implements GraphPass {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int CONV_OPSET = 11;

    /** Axes of batch and channels; convolutions have kernels over one axis more, or two. */
    private static final int OUTER = 2;

    private static final int MOST_AXES = 4;

    private final OperatorSet operators;
    private final SegmentAllocator memory;

    /** @param memory where weights lie; must live until the plan is built */
    public NormalizeByConvolution(OperatorSet operators, SegmentAllocator memory) {
        this.operators = operators;
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "BatchNormalization"))) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            NormalizationConstants.of(node, index)
                    .filter(_ -> isConvolved(node, index)
                            && isImage(types.type(node.input(0).orElseThrow())))
                    .ifPresent(constants -> rewrite.replace(node, convolution(node, constants, types, initializers)));
        }
        return rewrite.apply(initializers);
    }

    /** Whether a convolution is all that reads it, maybe behind an activation. */
    private boolean isConvolved(Node norm, GraphIndex index) {
        Optional<Node> next = index.onlyConsumer(norm.output(0).orElseThrow());
        if (next.filter(node -> operators.has(node, Trait.ACTIVATION)).isPresent()) {
            next = index.onlyConsumer(next.get().output(0).orElseThrow());
        }
        return next.filter(node -> GraphIndex.is(node, "Conv")
                        && node.input(1).flatMap(index::constant).isPresent())
                .isPresent();
    }

    private static boolean isImage(TensorType x) {
        return x.dataType() == DataType.FP32 && x.hasRank() && x.rank() > OUTER && x.rank() <= MOST_AXES;
    }

    private Node convolution(
            Node norm, NormalizationConstants constants, GraphTypes types, Map<Value, Tensor> initializers) {
        int channels = constants.channels();
        MemorySegment weights = memory.allocate(4L * channels, 64);
        MemorySegment bias = memory.allocate(4L * channels, 64);
        double[] factors = constants.factors();
        for (int channel = 0; channel < channels; channel++) {
            weights.setAtIndex(FLOAT, channel, (float) factors[channel]);
        }
        MemorySegment.copy(constants.addends(Optional.empty()), 0, bias, FLOAT, 0, channels);
        int axes = types.type(norm.input(0).orElseThrow()).rank() - OUTER;
        long[] shape = new long[OUTER + axes];
        Arrays.fill(shape, 1);
        shape[0] = channels;
        Value output = norm.output(0).orElseThrow();
        Value w = new Value(output.name() + " scale");
        Value b = new Value(output.name() + " shift");
        initializers.put(w, Tensor.of(DataType.FP32, Shape.of(shape), weights));
        initializers.put(b, Tensor.of(DataType.FP32, Shape.of(channels), bias));
        return Node.of(
                norm.name(),
                "",
                "Conv",
                CONV_OPSET,
                List.of(norm.input(0).orElseThrow(), w, b),
                List.of(output),
                new Attributes(Map.of(
                        "group",
                        new Attribute.Int(channels),
                        "kernel_shape",
                        new Attribute.Ints(Collections.nCopies(axes, 1L)))));
    }
}
