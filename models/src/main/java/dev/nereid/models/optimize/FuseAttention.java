package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Attention spelled out (scaled products of queries and transposed keys, masks that are added to them or replace them,
 * softmax, products with values) becomes one FusedAttention node, which takes its operands as they were before heads were
 * moved or scaled.
 */
public final class FuseAttention implements GraphPass {
    private final OperatorSet operators;
    private final SegmentAllocator memory;
    private final Set<DataType> fused;

    /**
     * The pass.
     *
     * @param memory where constants that masks need lie; must live until the plan is built
     * @param fused the types of attentions that there are kernels for; those of 16 bits round once then
     */
    public FuseAttention(OperatorSet operators, SegmentAllocator memory, Set<DataType> fused) {
        this.operators = operators;
        this.memory = memory;
        this.fused = Set.copyOf(fused);
    }

    /** The operands of an attention. */
    private record Operands(AttentionOperand q, AttentionOperand k, AttentionOperand v) {
        boolean fit() {
            return q.heads() == k.heads()
                    && q.heads() == v.heads()
                    && q.batch().equals(k.batch())
                    && q.batch().equals(v.batch())
                    && k.tokens().equals(v.tokens())
                    && q.size().equals(k.size());
        }

        List<Dim> scores() {
            return List.of(q.batch(), Dim.of(q.heads()), q.tokens(), k.tokens());
        }

        /** The result [batch, heads, tokens, size]. */
        List<Dim> result() {
            return List.of(q.batch(), Dim.of(q.heads()), q.tokens(), v.size());
        }
    }

    /** The last node that is fused, and where its result has its heads. */
    private record End(Node node, int place) {}

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "Softmax"))) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        AttentionMasks masks = new AttentionMasks(graph, index, types, rewrite, memory);
        for (Node softmax : graph.nodes()) {
            if (GraphIndex.is(softmax, "Softmax") && isOverKeys(softmax, types)) {
                DataType type = types.type(softmax.output(0).orElseThrow()).dataType();
                if (fused.contains(type)) {
                    match(softmax, new AttentionOperand.Source(index, types, type), masks, rewrite);
                }
            }
        }
        return rewrite.apply(masks.initializers());
    }

    private static boolean isOverKeys(Node softmax, GraphTypes types) {
        TensorType type = types.type(softmax.input(0).orElseThrow());
        long axis = softmax.attributes().integer("axis", softmax.opset() < 13 ? 1 : -1);
        return type.hasRank() && (type.rank() == 3 || type.rank() == 4) && (axis == -1 || axis == type.rank() - 1);
    }

    private static void match(
            Node softmax, AttentionOperand.Source source, AttentionMasks masks, GraphRewrite rewrite) {
        GraphIndex index = source.index();
        GraphTypes types = source.types();
        Optional<Node> weighted = index.onlyConsumer(softmax.output(0).orElseThrow(), "MatMul")
                .filter(node -> node.input(0).equals(softmax.output(0)));
        Optional<AttentionScores> found =
                weighted.flatMap(_ -> AttentionScores.of(softmax.input(0).orElseThrow(), index, types));
        if (found.isEmpty()) {
            return;
        }
        AttentionScores scores = found.get();
        Node product = scores.product();
        Optional<AttentionOperand> q = AttentionOperand.queries(product.input(0).orElseThrow(), source);
        Optional<AttentionOperand> k = AttentionOperand.keys(product.input(1).orElseThrow(), source);
        Optional<AttentionOperand> v =
                AttentionOperand.values(weighted.get().input(1).orElseThrow(), source);
        if (q.isEmpty() || k.isEmpty() || v.isEmpty()) {
            return;
        }
        Operands operands = new Operands(q.get(), k.get(), v.get());
        Optional<End> end = end(weighted.get(), operands, index, types);
        if (operands.fit() && end.isPresent() && scores.masksFit(operands.scores(), source.type(), types)) {
            rewrite.replace(end.get().node(), fused(softmax, source.type(), scores, operands, end.get(), masks));
        }
    }

    private static Node fused(
            Node softmax, DataType type, AttentionScores scores, Operands operands, End end, AttentionMasks masks) {
        List<Optional<Value>> inputs = new ArrayList<>();
        List<Long> places = new ArrayList<>();
        for (AttentionOperand operand : List.of(operands.q(), operands.k(), operands.v())) {
            inputs.add(Optional.of(operand.value()));
            places.add((long) operand.place());
        }
        places.add((long) end.place());
        masks.of(scores, operands.scores(), type).ifPresent(mask -> inputs.add(Optional.of(mask)));
        float scale = scores.scale() * operands.q().scale() * operands.k().scale();
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("heads", new Attribute.Int(operands.q().heads()));
        attributes.put("scale", new Attribute.Real(scale));
        if (places.stream().anyMatch(place -> place != AttentionOperand.JOINED)) {
            attributes.put("places", new Attribute.Ints(places));
        }
        return FusedOperators.node(
                softmax, "FusedAttention", inputs, List.of(end.node().output(0)), new Attributes(attributes));
    }

    /** The node that joins the heads of the result, or as far as the graph goes towards that. */
    private static Optional<End> end(Node weighted, Operands operands, GraphIndex index, GraphTypes types) {
        List<Dim> result = operands.result();
        Node last = weighted;
        if (!hasDims(last, result, types)) {
            if (operands.q().heads() == 1
                    && hasDims(last, List.of(result.get(0), result.get(2), result.get(3)), types)) {
                return Optional.of(new End(last, AttentionOperand.JOINED));
            }
            Optional<Node> dealt = index.onlyConsumer(last.output(0).orElseThrow(), "Reshape")
                    .filter(node -> hasDims(node, result, types));
            if (dealt.isEmpty()) {
                return Optional.empty();
            }
            last = dealt.get();
        }
        Optional<Node> moved = index.onlyConsumer(last.output(0).orElseThrow(), "Transpose")
                .filter(node -> AttentionOperand.isOrder(node, 0, 2, 1, 3));
        List<Dim> joined = List.of(result.get(0), result.get(2), result.get(1).times(result.get(3)));
        Optional<Node> rows = moved.flatMap(
                        node -> index.onlyConsumer(node.output(0).orElseThrow(), "Reshape"))
                .filter(node -> hasDims(node, joined, types));
        if (rows.isPresent()) {
            return Optional.of(new End(rows.get(), AttentionOperand.JOINED));
        }
        return Optional.of(
                moved.isPresent()
                        ? new End(moved.get(), AttentionOperand.APART)
                        : new End(last, AttentionOperand.FIRST));
    }

    private static boolean hasDims(Node node, List<Dim> dims, GraphTypes types) {
        return types.type(node.output(0).orElseThrow()).dims().equals(Optional.of(dims));
    }
}
