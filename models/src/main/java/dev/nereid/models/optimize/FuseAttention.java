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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Multi-head attention spelled out (heads split by reshape and transpose, scaled products, an additive mask, softmax,
 * heads joined again) becomes one FusedAttention node over the projections {@code [batch, tokens, heads * size]}.
 */
public final class FuseAttention implements GraphPass {
    private static final long[] HEADS_FIRST = {0, 2, 1, 3};
    private static final long[] HEADS_FIRST_TRANSPOSED = {0, 2, 3, 1};

    /** A projection before its heads were split. */
    private record Projection(Value value, long heads, long size) {}

    /** The scores of a softmax: scaled products plus an optional mask. */
    private record Scores(Node product, float scale, Optional<Value> mask) {}

    private final OperatorSet operators;

    public FuseAttention(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node softmax : graph.nodes()) {
            if (GraphIndex.is(softmax, "Softmax") && isOverKeys(softmax, types)) {
                match(softmax, index, types, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static boolean isOverKeys(Node softmax, GraphTypes types) {
        TensorType type = types.type(softmax.input(0).orElseThrow());
        long axis = softmax.attributes().integer("axis", softmax.opset() < 13 ? 1 : -1);
        return type.hasRank() && type.rank() == 4 && (axis == -1 || axis == 3);
    }

    private static void match(Node softmax, GraphIndex index, GraphTypes types, GraphRewrite rewrite) {
        Optional<Scores> scores = scores(softmax, index, types);
        Optional<Node> weighted = index.onlyConsumer(softmax.output(0).orElseThrow(), "MatMul")
                .filter(node -> node.input(0).equals(softmax.output(0)));
        Optional<Node> joined = weighted.flatMap(
                        node -> index.onlyConsumer(node.output(0).orElseThrow(), "Transpose"))
                .filter(node -> hasPermutation(node, HEADS_FIRST))
                .flatMap(node -> index.onlyConsumer(node.output(0).orElseThrow(), "Reshape"));
        if (scores.isEmpty() || joined.isEmpty()) {
            return;
        }
        Node product = scores.get().product();
        Optional<Projection> query = projection(product.input(0).orElseThrow(), HEADS_FIRST, index, types);
        Optional<Projection> key = projection(product.input(1).orElseThrow(), HEADS_FIRST_TRANSPOSED, index, types);
        Optional<Projection> value = projection(weighted.get().input(1).orElseThrow(), HEADS_FIRST, index, types);
        if (query.isEmpty() || key.isEmpty() || value.isEmpty() || !sameHeads(query.get(), key.get(), value.get())) {
            return;
        }
        Value output = joined.get().output(0).orElseThrow();
        if (!types.type(output).dims().equals(types.type(query.get().value()).dims())) {
            return;
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.of(query.get().value()));
        inputs.add(Optional.of(key.get().value()));
        inputs.add(Optional.of(value.get().value()));
        scores.get().mask().ifPresent(mask -> inputs.add(Optional.of(mask)));
        Attributes attributes = new Attributes(Map.of(
                "heads", new Attribute.Int(query.get().heads()),
                "scale", new Attribute.Real(scores.get().scale())));
        rewrite.replace(
                joined.get(),
                new Node(
                        softmax.name(),
                        FusedOperators.DOMAIN,
                        "FusedAttention",
                        FusedOperators.VERSION,
                        inputs,
                        List.of(Optional.of(output)),
                        attributes));
    }

    private static boolean sameHeads(Projection query, Projection key, Projection value) {
        return query.heads() == key.heads()
                && query.heads() == value.heads()
                && query.size() == key.size()
                && query.size() == value.size();
    }

    private static Optional<Scores> scores(Node softmax, GraphIndex index, GraphTypes types) {
        Optional<Node> node = index.producer(softmax.input(0).orElseThrow());
        if (node.isEmpty()
                || index.onlyConsumer(node.get().output(0).orElseThrow()).isEmpty()) {
            return Optional.empty();
        }
        if (GraphIndex.is(node.get(), "Add")) {
            for (int side = 0; side < 2; side++) {
                Value mask = node.get().input(1 - side).orElseThrow();
                Optional<Scores> inner = node.get().input(side).flatMap(value -> scaledProduct(value, index));
                if (inner.isPresent() && isMask(mask, node.get(), types)) {
                    return inner.map(scores -> new Scores(scores.product(), scores.scale(), Optional.of(mask)));
                }
            }
            return Optional.empty();
        }
        return scaledProduct(softmax.input(0).orElseThrow(), index);
    }

    /** A mask broadcasts over the scores and does not widen them. */
    private static boolean isMask(Value mask, Node add, GraphTypes types) {
        TensorType scores = types.type(add.output(0).orElseThrow());
        TensorType type = types.type(mask);
        if (!type.hasRank() || type.rank() != 4) {
            return false;
        }
        for (int axis = 0; axis < 4; axis++) {
            if (!type.dim(axis).is(1) && !type.dim(axis).equals(scores.dim(axis))) {
                return false;
            }
        }
        return true;
    }

    private static Optional<Scores> scaledProduct(Value value, GraphIndex index) {
        Optional<Node> node = index.onlyConsumer(value).flatMap(_ -> index.producer(value));
        if (node.isEmpty()) {
            return Optional.empty();
        }
        Node top = node.get();
        if (GraphIndex.is(top, "MatMul")) {
            return Optional.of(new Scores(top, 1f, Optional.empty()));
        }
        if (GraphIndex.is(top, "Div")) {
            return index.scalar(top.input(1).orElseThrow())
                    .flatMap(divisor -> product(top.input(0).orElseThrow(), index)
                            .map(product -> new Scores(product, 1f / divisor, Optional.empty())));
        }
        if (GraphIndex.is(top, "Mul")) {
            return index.scalarOperand(top)
                    .flatMap(operand -> product(operand.other(), index)
                            .map(product -> new Scores(product, operand.scalar(), Optional.empty())));
        }
        return Optional.empty();
    }

    private static Optional<Node> product(Value value, GraphIndex index) {
        return index.onlyConsumer(value).flatMap(_ -> index.producer(value, "MatMul"));
    }

    /** The {@code [batch, tokens, heads * size]} tensor whose heads were split and moved by {@code permutation}. */
    private static Optional<Projection> projection(
            Value value, long[] permutation, GraphIndex index, GraphTypes types) {
        Optional<Node> split = index.producer(value, "Transpose")
                .filter(node -> hasPermutation(node, permutation))
                .flatMap(node -> index.producer(node, 0, "Reshape"));
        if (split.isEmpty()) {
            return Optional.empty();
        }
        Value source = split.get().input(0).orElseThrow();
        TensorType from = types.type(source);
        TensorType to = types.type(split.get().output(0).orElseThrow());
        boolean splits = from.hasRank()
                && to.hasRank()
                && from.rank() == 3
                && to.rank() == 4
                && to.dim(2).isKnown()
                && to.dim(3).isKnown()
                && from.dim(0).equals(to.dim(0))
                && from.dim(1).equals(to.dim(1))
                && from.dim(2).equals(Dim.of(to.dim(2).value() * to.dim(3).value()));
        return splits
                ? Optional.of(
                        new Projection(source, to.dim(2).value(), to.dim(3).value()))
                : Optional.empty();
    }

    private static boolean hasPermutation(Node transpose, long[] permutation) {
        return transpose
                .attributes()
                .integers("perm")
                .filter(perm -> Arrays.equals(perm, permutation))
                .isPresent();
    }
}
