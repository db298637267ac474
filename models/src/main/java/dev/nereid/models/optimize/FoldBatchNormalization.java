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

/** Inference-time batch normalisation behind a convolution becomes part of its weights and bias. */
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
        for (Node conv : graph.nodes()) {
            if (GraphIndex.is(conv, "Conv")) {
                index.onlyConsumer(conv.output(0).orElseThrow(), "BatchNormalization")
                        .ifPresent(norm -> fold(conv, norm, index, rewrite, initializers));
            }
        }
        return rewrite.apply(initializers);
    }

    private void fold(Node conv, Node norm, GraphIndex index, GraphRewrite rewrite, Map<Value, Tensor> initializers) {
        Optional<Tensor> weights = floats(conv, 1, index);
        Optional<Tensor> scale = floats(norm, 1, index);
        Optional<Tensor> shift = floats(norm, 2, index);
        Optional<Tensor> mean = floats(norm, 3, index);
        Optional<Tensor> variance = floats(norm, 4, index);
        boolean inference = norm.attributes().integer("training_mode", 0) == 0
                && norm.outputs().stream().skip(1).allMatch(Optional::isEmpty);
        boolean bias = conv.input(2).isEmpty() || floats(conv, 2, index).isPresent();
        if (weights.isEmpty()
                || scale.isEmpty()
                || shift.isEmpty()
                || mean.isEmpty()
                || variance.isEmpty()
                || !inference
                || !bias) {
            return;
        }
        int channels = (int) weights.get().shape().dim(0);
        long perChannel = weights.get().shape().elements() / channels;
        float epsilon = norm.attributes().real("epsilon", 1e-5f);
        MemorySegment newWeights = memory.allocate(weights.get().byteSize(), 64);
        MemorySegment newBias = memory.allocate(4L * channels, 64);
        for (int channel = 0; channel < channels; channel++) {
            double factor = at(scale.get(), channel) / Math.sqrt((double) at(variance.get(), channel) + epsilon);
            for (long i = channel * perChannel; i < (channel + 1) * perChannel; i++) {
                newWeights.setAtIndex(FLOAT, i, (float) (at(weights.get(), i) * factor));
            }
            double oldBias =
                    conv.input(2).isPresent() ? at(floats(conv, 2, index).orElseThrow(), channel) : 0;
            newBias.setAtIndex(FLOAT, channel, (float)
                    ((oldBias - at(mean.get(), channel)) * factor + at(shift.get(), channel)));
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
                        "Conv",
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
