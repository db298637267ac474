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
                || channels == 0
                || constants.filter(found -> found.channels() == channels).isEmpty()
                || !bias) {
            return;
        }
        // Channels are the outermost axis, but the inner one of the two of a Gemm that is not transposed.
        boolean outermost = axis == 0;
        MemorySegment newWeights = multiplied(weights.get(), constants.get().factors(), outermost);
        MemorySegment newBias = memory.allocate(4L * channels, 64);
        float[] addends = constants.get().addends(floats(conv, 2, index));
        MemorySegment.copy(addends, 0, newBias, FLOAT, 0, channels);
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

    /**
     * Weights with each channel's multiplied by its factor. A model is loaded before anything is compiled: only whole rows are
     * copied from and to memory, for what is done with an array is done ten times as fast by an interpreter.
     */
    private MemorySegment multiplied(Tensor weights, double[] factors, boolean outermost) {
        long elements = weights.shape().elements();
        MemorySegment products = memory.allocate(weights.byteSize(), 64);
        float[] row = new float[Math.toIntExact(outermost ? elements / factors.length : factors.length)];
        for (long first = 0; first < elements; first += row.length) {
            MemorySegment.copy(weights.segment(), FLOAT, first * Float.BYTES, row, 0, row.length);
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) (row[i] * factors[outermost ? (int) (first / row.length) : i]);
            }
            MemorySegment.copy(row, 0, products, FLOAT, first * Float.BYTES, row.length);
        }
        return products;
    }
}
