package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Inference-time batch normalisation behind a convolution or a Gemm becomes part of its weights and bias. */
public final class FoldBatchNormalization implements GraphPass {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final SegmentAllocator memory;

    /**
     * The pass.
     *
     * @param memory where new weights lie; must live until the plan is built
     */
    public FoldBatchNormalization(SegmentAllocator memory) {
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            if (GraphIndex.is(node, "Conv") || isPlainGemm(node)) {
                index.onlyConsumer(node.output(0).orElseThrow(), "BatchNormalization")
                        .ifPresent(norm -> fold(node, norm, index, rewrite, initializers));
            }
        }
        return rewrite.apply(initializers);
    }

    /** Whether a node is a Gemm that scales nothing. */
    private static boolean isPlainGemm(Node node) {
        return GraphIndex.is(node, "Gemm")
                && node.attributes().real("alpha", 1f) == 1f
                && node.attributes().real("beta", 1f) == 1f;
    }

    private void fold(Node conv, Node norm, GraphIndex index, GraphRewrite rewrite, Map<Value, Tensor> initializers) {
        Optional<Tensor> weights = floats(conv, 1, index);
        Optional<NormalizationConstants> constants = NormalizationConstants.of(norm, index);
        boolean gemm = GraphIndex.is(conv, "Gemm");
        int axis = gemm && conv.attributes().integer("transB", 0) == 0 ? 1 : 0;
        int channels = weights.isEmpty() ? 0 : (int) weights.get().shape().dim(axis);
        boolean bias = conv.input(2).isEmpty()
                || floats(conv, 2, index)
                        .filter(tensor -> tensor.shape().equals(Shape.of(channels)))
                        .isPresent();
        if (weights.isEmpty()
                || constants.filter(found -> found.channels() == channels).isEmpty()
                || !bias) {
            return;
        }
        long elements = weights.get().shape().elements();
        // Channels are the outermost axis, but the inner one of the two of a Gemm that is not transposed.
        long run = axis == 0 ? elements / channels : 1;
        MemorySegment newWeights = memory.allocate(weights.get().byteSize(), 64);
        MemorySegment newBias = memory.allocate(4L * channels, 64);
        for (int channel = 0; channel < channels; channel++) {
            double factor = constants.get().factor(channel);
            for (long first = channel * run; first < elements; first += channels * run) {
                for (long i = first; i < first + run; i++) {
                    newWeights.setAtIndex(FLOAT, i, (float) (at(weights.get(), i) * factor));
                }
            }
            double oldBias =
                    conv.input(2).isPresent() ? at(floats(conv, 2, index).orElseThrow(), channel) : 0;
            newBias.setAtIndex(FLOAT, channel, (float) constants.get().addend(channel, oldBias));
        }
        Value weightsValue = new Value(conv.input(1).orElseThrow().name() + " normalised");
        Value biasValue = new Value(norm.input(2).orElseThrow().name() + " normalised");
        initializers.put(weightsValue, Tensor.of(DataType.FP32, weights.get().shape(), newWeights));
        initializers.put(biasValue, Tensor.of(DataType.FP32, Shape.of(channels), newBias));
        rewrite.drop(conv);
        rewrite.replace(
                norm,
                Node.of(
                        conv.name(),
                        "",
                        conv.operator(),
                        conv.opset(),
                        List.of(conv.input(0).orElseThrow(), weightsValue, biasValue),
                        List.of(norm.output(0).orElseThrow()),
                        conv.attributes()));
    }

    private static Optional<Tensor> floats(Node node, int input, GraphIndex index) {
        return node.input(input).flatMap(index::constant).filter(tensor -> tensor.dataType() == DataType.FP32);
    }

    private static float at(Tensor tensor, long index) {
        return tensor.segment().getAtIndex(FLOAT, index);
    }
}
