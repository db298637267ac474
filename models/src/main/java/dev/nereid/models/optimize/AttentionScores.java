package dev.nereid.models.optimize;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an attention's softmax is taken of: {@code scale * left * right}, and masks on top of it.
 *
 * @param product multiplies q with transposed k
 * @param masks the one that is nearest to the softmax first
 */
record AttentionScores(Node product, float scale, List<Mask> masks) {
    /** Masks and reshapes one on top of the other that are looked through: more are no exporter's. */
    private static final int MOST = 6;

    /** What replaces hidden scores is at most this; then adding it to them comes to the same. */
    private static final float HIDDEN = -1e9f;

    /** What happens to scores before their softmax. */
    sealed interface Mask {
        /** The node that does it. */
        Node node();

        /** Numbers that are added. */
        record Added(Node node, Value numbers) implements Mask {}

        /**
         * Scores that a number replaces, {@code -1e9} or less.
         *
         * @param where the condition, the input of the number, 1 or 2
         */
        record Replaced(Node node, Value where, int number) implements Mask {}
    }

    AttentionScores {
        masks = List.copyOf(masks);
    }

    /** The scores that a value is. */
    static Optional<AttentionScores> of(Value value, GraphIndex index, GraphTypes types) {
        return of(value, index, types, MOST);
    }

    private static Optional<AttentionScores> of(Value value, GraphIndex index, GraphTypes types, int most) {
        Optional<Node> maker = index.onlyConsumer(value).flatMap(_ -> index.producer(value));
        if (maker.isEmpty() || most == 0 || !maker.get().domain().isEmpty()) {
            return Optional.empty();
        }
        Node node = maker.get();
        return switch (node.operator()) {
            case "Add" -> added(node, 0, index, types, most).or(() -> added(node, 1, index, types, most));
            case "Where" -> replaced(node, 1, index, types, most).or(() -> replaced(node, 2, index, types, most));
            case "Reshape" ->
                node.input(0)
                        .filter(inner -> keepsScores(inner, value, types))
                        .flatMap(inner -> of(inner, index, types, most - 1));
            default -> product(value, index);
        };
    }

    private static Optional<AttentionScores> added(
            Node node, int scores, GraphIndex index, GraphTypes types, int most) {
        Value numbers = node.input(1 - scores).orElseThrow();
        return of(node.input(scores).orElseThrow(), index, types, most - 1)
                .map(inner -> inner.under(new Mask.Added(node, numbers)));
    }

    private static Optional<AttentionScores> replaced(
            Node node, int number, GraphIndex index, GraphTypes types, int most) {
        return node.input(number)
                .flatMap(index::number)
                .filter(hidden -> hidden <= HIDDEN)
                .flatMap(_ -> of(node.input(3 - number).orElseThrow(), index, types, most - 1))
                .map(inner -> inner.under(new Mask.Replaced(node, node.input(0).orElseThrow(), number)));
    }

    private AttentionScores under(Mask mask) {
        List<Mask> all = new ArrayList<>(List.of(mask));
        all.addAll(masks);
        return new AttentionScores(product, scale, all);
    }

    /** Whether a reshape deals out the axes in front alone: items and heads. */
    private static boolean keepsScores(Value from, Value to, GraphTypes types) {
        Optional<List<Dim>> before = types.type(from).dims().filter(dims -> dims.size() >= 3);
        Optional<List<Dim>> after = types.type(to).dims().filter(dims -> dims.size() >= 3);
        return before.isPresent() && after.isPresent() && last(before.get()).equals(last(after.get()));
    }

    private static List<Dim> last(List<Dim> dims) {
        return dims.subList(dims.size() - 2, dims.size());
    }

    private static Optional<AttentionScores> product(Value value, GraphIndex index) {
        AttentionOperand.Scaled scaled = new AttentionOperand.Scaled(value, 1);
        for (int i = 0; i < MOST; i++) {
            if (index.onlyConsumer(scaled.value()).isEmpty()) {
                return Optional.empty();
            }
            Optional<Node> product = index.producer(scaled.value(), "MatMul");
            if (product.isPresent()) {
                return Optional.of(new AttentionScores(product.get(), scaled.factor(), List.of()));
            }
            Optional<AttentionOperand.Scaled> inner = scaled.once(index);
            if (inner.isEmpty()) {
                return Optional.empty();
            }
            scaled = inner.get();
        }
        return Optional.empty();
    }

    /** Whether every mask broadcasts over scores of these dims, does not widen them, and is of their type. */
    boolean masksFit(List<Dim> scores, DataType type, GraphTypes types) {
        return masks.stream().allMatch(mask -> switch (mask) {
            case Mask.Added(Node _, Value numbers) ->
                types.type(numbers).dataType() == type && fits(types.type(numbers), scores);
            case Mask.Replaced(Node _, Value where, int _) -> fits(types.type(where), scores);
        });
    }

    /** Whether a tensor broadcasts to scores of these dims. */
    static boolean fits(TensorType type, List<Dim> scores) {
        if (!type.hasRank() || type.rank() > scores.size()) {
            return false;
        }
        for (int axis = 1; axis <= type.rank(); axis++) {
            Dim dim = type.dim(-axis);
            if (!dim.is(1) && !dim.equals(scores.get(scores.size() - axis))) {
                return false;
            }
        }
        return true;
    }
}
