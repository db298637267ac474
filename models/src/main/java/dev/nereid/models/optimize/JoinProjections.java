package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The three products that make an attention's q, k and v of the same tokens become one, with the weights side by side:
 * the tokens are read once, and one large product is faster than three small ones.
 */
public final class JoinProjections implements GraphPass {
    private static final int PROJECTIONS = 3;
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;

    private final SegmentAllocator memory;

    /**
     * The pass.
     *
     * @param memory where joined weights lie; must live until the plan is built
     */
    public JoinProjections(SegmentAllocator memory) {
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node attention : graph.nodes()) {
            if (isFused(attention, "FusedAttention")
                    && attention.attributes().integers("places").isEmpty()) {
                List<Node> projections = projections(attention, index);
                if (!projections.isEmpty()) {
                    join(attention, projections, index, rewrite, initializers);
                }
            }
        }
        return rewrite.apply(initializers);
    }

    /** The products that make q, k and v, if they can be joined; else none. */
    private static List<Node> projections(Node attention, GraphIndex index) {
        List<Node> projections = new ArrayList<>();
        for (int input = 0; input < PROJECTIONS; input++) {
            Value value = attention.input(input).orElseThrow();
            Optional<Node> product = index.producer(value).filter(node -> isPlain(node, index));
            if (product.isEmpty() || index.onlyConsumer(value).isEmpty()) {
                return List.of();
            }
            projections.add(product.get());
        }
        Node first = projections.getFirst();
        boolean alike = projections.stream()
                .allMatch(node -> node.input(0).equals(first.input(0))
                        && shape(node, WEIGHTS, index).equals(shape(first, WEIGHTS, index)));
        return alike ? projections : List.of();
    }

    /** A product with constant weights and bias, and nothing behind it. */
    private static boolean isPlain(Node node, GraphIndex index) {
        return isFused(node, "FusedMatMul")
                && node.attributes().text("activation", "none").equals("none")
                && node.input(3).isEmpty()
                && isFloats(node, WEIGHTS, 2, index)
                && isFloats(node, BIAS, 1, index);
    }

    private static boolean isFloats(Node node, int input, int rank, GraphIndex index) {
        return node.input(input)
                .flatMap(index::constant)
                .filter(tensor ->
                        tensor.dataType() == DataType.FP32 && tensor.shape().rank() == rank)
                .isPresent();
    }

    private static Shape shape(Node node, int input, GraphIndex index) {
        return constant(node, input, index).shape();
    }

    private static Tensor constant(Node node, int input, GraphIndex index) {
        return node.input(input).flatMap(index::constant).orElseThrow();
    }

    private void join(
            Node attention,
            List<Node> projections,
            GraphIndex index,
            GraphRewrite rewrite,
            Map<Value, Tensor> initializers) {
        Node last = projections.getLast();
        Value weights = new Value(last.name() + " joined weights");
        Value bias = new Value(last.name() + " joined bias");
        Value joined = new Value(last.name() + " joined");
        initializers.put(weights, sideBySide(projections, WEIGHTS, index));
        initializers.put(bias, sideBySide(projections, BIAS, index));
        List<Optional<Value>> inputs = new ArrayList<>(List.of(Optional.of(joined)));
        attention.input(PROJECTIONS).ifPresent(mask -> inputs.add(Optional.of(mask)));
        projections.forEach(rewrite::drop);
        rewrite.replace(
                attention,
                Node.of(
                        last.name(),
                        FusedOperators.DOMAIN,
                        "FusedMatMul",
                        FusedOperators.VERSION,
                        List.of(last.input(0).orElseThrow(), weights, bias),
                        List.of(joined),
                        last.attributes()),
                FusedOperators.node(
                        attention, "FusedSelfAttention", inputs, attention.outputs(), attention.attributes()));
    }

    /** The rows of one constant of each node, one behind the other. */
    private Tensor sideBySide(List<Node> projections, int input, GraphIndex index) {
        Shape shape = shape(projections.getFirst(), input, index);
        long columns = shape.dim(-1);
        long rows = shape.elements() / columns;
        long rowBytes = columns * Float.BYTES;
        MemorySegment all = memory.allocate(PROJECTIONS * rows * rowBytes, 64);
        for (int i = 0; i < PROJECTIONS; i++) {
            MemorySegment one = constant(projections.get(i), input, index).segment();
            for (long row = 0; row < rows; row++) {
                MemorySegment.copy(one, row * rowBytes, all, (row * PROJECTIONS + i) * rowBytes, rowBytes);
            }
        }
        return Tensor.of(DataType.FP32, shape.withDim(-1, PROJECTIONS * columns), all);
    }

    private static boolean isFused(Node node, String operator) {
        return node.domain().equals(FusedOperators.DOMAIN) && node.operator().equals(operator);
    }
}
