package dev.nereid.models.optimize;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A q, k or v before its heads were moved, as far as the graph shows how that was done.
 *
 * @param place which axes the value has: {@link #JOINED}, {@link #FIRST} or {@link #APART}, as FusedAttention counts them
 * @param scale what its elements are to be multiplied with
 */
record AttentionOperand(Value value, int place, Dim batch, long heads, Dim tokens, Dim size, float scale) {
    /** [batch, tokens, heads * size]. */
    static final int JOINED = 0;

    /** [batch, heads, tokens, size]. */
    static final int FIRST = 1;

    /** [batch, tokens, heads, size]. */
    static final int APART = 2;

    private static final long[] TRADED = {0, 2, 1, 3};

    /** What values of a type are looked up in. */
    record Source(GraphIndex index, GraphTypes types, DataType type) {
        private Optional<List<Dim>> dims(Value value) {
            TensorType found = types.type(value);
            return found.dataType() == type ? found.dims() : Optional.empty();
        }

        private Optional<Node> transpose(Value value, long... order) {
            return index.producer(value, "Transpose").filter(node -> isOrder(node, order));
        }
    }

    static boolean isOrder(Node transpose, long... order) {
        return transpose
                .attributes()
                .integers("perm")
                .filter(perm -> Arrays.equals(perm, order))
                .isPresent();
    }

    /** The queries or keys in the left factor of a product. */
    static Optional<AttentionOperand> queries(Value left, Source source) {
        Scaled scaled = Scaled.of(left, source.index());
        return of(scaled.value(), source).map(found -> found.times(scaled.factor()));
    }

    /** The keys in the right factor of a product, transposed there. */
    static Optional<AttentionOperand> keys(Value right, Source source) {
        Scaled outer = Scaled.of(right, source.index());
        Optional<Node> swapped =
                source.transpose(outer.value(), 0, 1, 3, 2).or(() -> source.transpose(outer.value(), 0, 2, 1));
        if (swapped.isPresent()) {
            Scaled inner = Scaled.of(swapped.get().input(0).orElseThrow(), source.index());
            return of(inner.value(), source).map(found -> found.times(outer.factor() * inner.factor()));
        }
        return source.transpose(outer.value(), 0, 2, 3, 1)
                .flatMap(node -> apart(node.input(0).orElseThrow(), source))
                .map(found -> found.times(outer.factor()));
    }

    /** The values in the right factor of a product. */
    static Optional<AttentionOperand> values(Value right, Source source) {
        return of(right, source).filter(found -> found.scale() == 1);
    }

    private static Optional<AttentionOperand> of(Value value, Source source) {
        Optional<List<Dim>> dims = source.dims(value);
        if (dims.isEmpty()) {
            return Optional.empty();
        }
        List<Dim> axes = dims.get();
        return switch (axes.size()) {
            case 3 ->
                Optional.of(merged(value, axes, source)
                        .orElseGet(() ->
                                new AttentionOperand(value, JOINED, axes.get(0), 1, axes.get(1), axes.get(2), 1)));
            case 4 ->
                source.transpose(value, TRADED)
                        .flatMap(node -> apart(node.input(0).orElseThrow(), source))
                        .or(() -> known(value, FIRST, axes.get(0), axes.get(1), axes.get(2), axes.get(3)));
            default -> Optional.empty();
        };
    }

    /** Heads that share an axis with the batch. */
    private static Optional<AttentionOperand> merged(Value value, List<Dim> dims, Source source) {
        Optional<Value> split = source.index().producer(value, "Reshape").flatMap(node -> node.input(0));
        return split.flatMap(source::dims)
                .filter(four -> four.size() == 4
                        && four.get(0).times(four.get(1)).equals(dims.get(0))
                        && four.subList(2, 4).equals(dims.subList(1, 3)))
                .flatMap(_ -> of(split.orElseThrow(), source));
    }

    /** A tensor [batch, tokens, heads, size], or what was reshaped to it. */
    private static Optional<AttentionOperand> apart(Value value, Source source) {
        Optional<List<Dim>> dims = source.dims(value).filter(found -> found.size() == 4);
        if (dims.isEmpty()) {
            return Optional.empty();
        }
        List<Dim> axes = dims.get();
        Optional<AttentionOperand> here = known(value, APART, axes.get(0), axes.get(2), axes.get(1), axes.get(3));
        Optional<Value> joined = source.index().producer(value, "Reshape").flatMap(node -> node.input(0));
        boolean splits = here.isPresent()
                && joined.flatMap(source::dims)
                        .filter(three -> three.size() == 3
                                && three.subList(0, 2).equals(axes.subList(0, 2))
                                && three.get(2).equals(axes.get(2).times(axes.get(3))))
                        .isPresent();
        if (!splits) {
            return here;
        }
        Scaled scaled = Scaled.of(joined.get(), source.index());
        return here.map(found -> new AttentionOperand(
                scaled.value(), JOINED, found.batch, found.heads, found.tokens, found.size, scaled.factor()));
    }

    private static Optional<AttentionOperand> known(
            Value value, int place, Dim batch, Dim heads, Dim tokens, Dim size) {
        return heads.isKnown() && heads.value() > 0
                ? Optional.of(new AttentionOperand(value, place, batch, heads.value(), tokens, size, 1))
                : Optional.empty();
    }

    private AttentionOperand times(float factor) {
        return new AttentionOperand(value, place, batch, heads, tokens, size, scale * factor);
    }

    /** A value without the constant numbers that it was multiplied with or divided by. */
    record Scaled(Value value, float factor) {
        /** Scalings one behind the other that are looked for: more are no exporter's. */
        private static final int MOST = 4;

        static Scaled of(Value value, GraphIndex index) {
            Scaled found = new Scaled(value, 1);
            for (int i = 0; i < MOST; i++) {
                Optional<Scaled> inner = found.once(index);
                if (inner.isEmpty()) {
                    break;
                }
                found = inner.get();
            }
            return found;
        }

        /** One scaling less. */
        Optional<Scaled> once(GraphIndex index) {
            Optional<Node> maker = index.producer(value);
            if (maker.filter(node -> GraphIndex.is(node, "Mul")).isPresent()) {
                return index.numberOperand(maker.get())
                        .map(operand -> new Scaled(operand.other(), factor * operand.scalar()));
            }
            return maker.filter(node -> GraphIndex.is(node, "Div"))
                    .flatMap(node -> node.input(1)
                            .flatMap(index::number)
                            .map(divisor -> new Scaled(node.input(0).orElseThrow(), factor / divisor)));
        }
    }
}
