package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The channels of an image dealt out to some parts, as ShuffleNet does between its blocks: x: [batch, channels, height,
 * width] is reshaped to [batch * channels / parts, parts, height * width], its first two axes trade places, the result is
 * reshaped to [parts, batch, channels / parts, height, width], and Gather takes parts of it. Part i is every channel from
 * i on in steps of {@code parts}: a slice, which moves each number once and needs no particular layout.
 */
public final class SliceShuffledChannels implements GraphPass {
    /** An opset of which Slice is as it is today. */
    private static final int OPSET = 13;

    private final OperatorSet operators;
    private final SegmentAllocator memory;

    /** @param memory where the numbers of slices lie; must live until the plan is built */
    public SliceShuffledChannels(OperatorSet operators, SegmentAllocator memory) {
        this.operators = operators;
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "Gather"))) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node gather : graph.nodes()) {
            Optional<Value> x = GraphIndex.is(gather, "Gather") ? dealtOut(gather, index, types) : Optional.empty();
            long parts = x.isPresent() ? known(types.type(gather.input(0).orElseThrow()), 0) : 0;
            // An index that is none of the parts is left to Gather, which refuses it.
            Optional<Long> part = gather.input(1)
                    .flatMap(index::constant)
                    .flatMap(SliceShuffledChannels::scalar)
                    .filter(number -> -parts <= number && number < parts);
            if (x.isPresent() && part.isPresent()) {
                long first = part.get() < 0 ? part.get() + parts : part.get();
                List<Value> inputs = List.of(
                        x.get(),
                        integer(gather, "starts", first, initializers),
                        integer(gather, "ends", known(types.type(x.get()), 1), initializers),
                        integer(gather, "axes", 1, initializers),
                        integer(gather, "steps", parts, initializers));
                rewrite.replace(
                        gather,
                        Node.of(
                                gather.name(),
                                "",
                                "Slice",
                                OPSET,
                                inputs,
                                List.of(gather.output(0).orElseThrow()),
                                Attributes.NONE));
            }
        }
        return rewrite.apply(initializers);
    }

    /** The image whose parts a Gather takes one of. */
    private static Optional<Value> dealtOut(Node gather, GraphIndex index, GraphTypes types) {
        Optional<Node> parts = index.producer(gather, 0, "Reshape");
        Optional<Node> traded = parts.flatMap(node -> index.producer(node, 0, "Transpose"));
        Optional<Node> dealt = traded.flatMap(node -> index.producer(node, 0, "Reshape"));
        if (dealt.isEmpty()
                || gather.attributes().integer("axis", 0) != 0
                || !Arrays.equals(
                        traded.get().attributes().integers("perm").orElse(new long[0]), new long[] {1, 0, 2})) {
            return Optional.empty();
        }
        Value x = dealt.get().input(0).orElseThrow();
        TensorType image = types.type(x);
        TensorType rows = types.type(dealt.get().output(0).orElseThrow());
        TensorType result = types.type(parts.get().output(0).orElseThrow());
        if (!hasRank(image, 4) || !hasRank(rows, 3) || !hasRank(result, 5)) {
            return Optional.empty();
        }
        long channels = known(image, 1);
        long height = known(image, 2);
        long width = known(image, 3);
        long count = known(rows, 1);
        boolean suits = channels > 0
                && height > 0
                && width > 0
                && count > 0
                && channels % count == 0
                && known(rows, 2) == height * width
                && known(result, 0) == count
                && known(result, 2) == channels / count
                && known(result, 3) == height
                && known(result, 4) == width;
        return suits ? Optional.of(x) : Optional.empty();
    }

    private static boolean hasRank(TensorType type, int rank) {
        return type.hasRank() && type.rank() == rank;
    }

    /** The extent of an axis; -1 where it is not known. */
    private static long known(TensorType type, int axis) {
        Dim dim = type.dim(axis);
        return dim.isKnown() ? dim.value() : -1;
    }

    private static Optional<Long> scalar(Tensor tensor) {
        boolean suits = tensor.dataType() == DataType.INT64 && tensor.shape().rank() == 0;
        return suits ? Optional.of(tensor.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, 0)) : Optional.empty();
    }

    private Value integer(Node node, String name, long number, Map<Value, Tensor> initializers) {
        MemorySegment segment = memory.allocate(Long.BYTES, Long.BYTES);
        segment.set(ValueLayout.JAVA_LONG, 0, number);
        Value value = new Value(node.name() + " " + name);
        initializers.put(value, Tensor.of(DataType.INT64, Shape.of(1), segment));
        return value;
    }
}
