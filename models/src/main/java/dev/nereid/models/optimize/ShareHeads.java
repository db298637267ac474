package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keys and values of an attention that were repeated for several queries' heads, [batch, groups, tokens, size] to [batch,
 * groups, repeats, tokens, size] and that to [batch, heads, tokens, size], are read as they were before.
 */
public final class ShareHeads implements GraphPass {
    private static final int KEYS = 1;
    private static final int VALUES = 2;

    private final OperatorSet operators;

    /** The pass. */
    public ShareHeads(OperatorSet operators) {
        this.operators = operators;
    }

    /** Heads [batch, groups, tokens, size] that stand for {@code repeats} times as many. */
    private record Shared(Value value, long repeats) {}

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(ShareHeads::isAttention)) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            if (isAttention(node)) {
                share(node, index, types, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static boolean isAttention(Node node) {
        return node.domain().equals(FusedOperators.DOMAIN) && node.operator().equals("FusedAttention");
    }

    private static void share(Node attention, GraphIndex index, GraphTypes types, GraphRewrite rewrite) {
        List<Optional<Value>> inputs = new ArrayList<>(attention.inputs());
        long[] places = attention.attributes().integers("places").orElse(new long[VALUES + 2]);
        List<Long> sharing = new ArrayList<>();
        for (int input = KEYS; input <= VALUES; input++) {
            Optional<Shared> shared = places[input] == AttentionOperand.FIRST
                    ? shared(attention.input(input).orElseThrow(), index, types)
                    : Optional.empty();
            if (shared.isPresent()) {
                inputs.set(input, Optional.of(shared.get().value()));
            }
            sharing.add(shared.map(Shared::repeats).orElse(1L));
        }
        if (sharing.stream().allMatch(repeats -> repeats == 1)) {
            return;
        }
        rewrite.replace(
                attention,
                attention.with(
                        inputs,
                        attention.outputs(),
                        attention.attributes().with("sharing", new Attribute.Ints(sharing))));
    }

    private static Optional<Shared> shared(Value heads, GraphIndex index, GraphTypes types) {
        Optional<Value> expanded = input(heads, "Reshape", index);
        Optional<Value> single = expanded.flatMap(value -> input(value, "Expand", index));
        Optional<Value> groups =
                single.flatMap(value -> input(value, "Unsqueeze", index).or(() -> input(value, "Reshape", index)));
        Optional<List<Dim>> four = groups.flatMap(value -> types.type(value).dims());
        Optional<List<Dim>> five = expanded.flatMap(value -> types.type(value).dims());
        if (four.isEmpty()
                || five.isEmpty()
                || four.get().size() != 4
                || five.get().size() != 5) {
            return Optional.empty();
        }
        List<Dim> given = four.get();
        Dim repeats = five.get().get(2);
        List<Dim> alone = List.of(given.get(0), given.get(1), Dim.of(1), given.get(2), given.get(3));
        List<Dim> repeated = List.of(given.get(0), given.get(1), repeats, given.get(2), given.get(3));
        List<Dim> all = List.of(given.get(0), given.get(1).times(repeats), given.get(2), given.get(3));
        boolean fits = repeats.isKnown()
                && given.get(1).isKnown()
                && types.type(single.get()).dims().equals(Optional.of(alone))
                && five.get().equals(repeated)
                && types.type(heads).dims().equals(Optional.of(all));
        return fits ? Optional.of(new Shared(groups.get(), repeats.value())) : Optional.empty();
    }

    /** What a node of this operator made {@code value} of. */
    private static Optional<Value> input(Value value, String operator, GraphIndex index) {
        return index.producer(value, operator).flatMap(node -> node.input(0));
    }
}
