package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds what exporters write for {@code d / sqrt(mean(d * d) + epsilon) * scale} over the last axis: a division, or a product
 * with a reciprocal, and the scale behind it or before.
 */
final class RowNorms {
    private final GraphIndex index;
    private final GraphTypes types;
    private final Map<Value, Tensor> initializers;

    RowNorms(Graph graph, OperatorSet operators) {
        this.index = new GraphIndex(graph);
        this.types = GraphTypes.infer(graph, operators);
        this.initializers = new HashMap<>(graph.initializers());
    }

    GraphIndex index() {
        return index;
    }

    /** The graph's, and vectors that {@link #vector} has made. */
    Map<Value, Tensor> initializers() {
        return initializers;
    }

    /**
     * Numbers divided by their root mean square.
     *
     * @param numbers what is divided, and whose squares are averaged
     */
    record Normal(Value numbers, float epsilon) {
        /** Those of a node that normalises over the last axis. */
        Attributes attributes() {
            return new Attributes(Map.of("axis", new Attribute.Int(-1), "epsilon", new Attribute.Real(epsilon)));
        }
    }

    /** @param scale a vector as long as the last axis */
    record Scaled(Normal normal, Value scale) {}

    /** What a value is, if it is numbers normalised and scaled. */
    Optional<Scaled> scaled(Value value) {
        Optional<Node> product = index.producer(value, "Mul");
        for (int side = 0; side < 2 && product.isPresent(); side++) {
            Value one = product.get().input(side).orElseThrow();
            Value other = product.get().input(1 - side).orElseThrow();
            Optional<Scaled> found = normal(one)
                    .filter(normal -> isPerChannel(other, normal.numbers()))
                    .map(normal -> new Scaled(normal, other))
                    .or(() -> factor(other)
                            .filter(factor -> factor.normal().numbers().equals(one)));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** What numbers are multiplied by: {@code scale / sqrt(mean(d * d) + epsilon)}. */
    Optional<Scaled> factor(Value value) {
        Optional<Node> product = index.producer(value, "Mul");
        for (int side = 0; side < 2 && product.isPresent(); side++) {
            Value scale = product.get().input(1 - side).orElseThrow();
            Optional<Scaled> found = product.get()
                    .input(side)
                    .flatMap(this::inverse)
                    .filter(normal -> isPerChannel(scale, normal.numbers()))
                    .map(normal -> new Scaled(normal, scale));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<Normal> normal(Value value) {
        Optional<Node> quotient = index.producer(value, "Div");
        if (quotient.isPresent()) {
            return quotient.get()
                    .input(1)
                    .flatMap(this::root)
                    .filter(normal -> quotient.get().input(0).equals(Optional.of(normal.numbers())));
        }
        Optional<Node> product = index.producer(value, "Mul");
        for (int side = 0; side < 2 && product.isPresent(); side++) {
            Optional<Value> numbers = product.get().input(1 - side);
            Optional<Normal> found = product.get()
                    .input(side)
                    .flatMap(this::inverse)
                    .filter(normal -> numbers.equals(Optional.of(normal.numbers())));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** Matches one over the root. */
    private Optional<Normal> inverse(Value value) {
        Optional<Node> node = index.producer(value);
        if (node.isEmpty()) {
            return Optional.empty();
        }
        if (GraphIndex.is(node.get(), "Reciprocal")) {
            return node.get().input(0).flatMap(this::root);
        }
        if (GraphIndex.is(node.get(), "Div")) {
            boolean one = node.get().input(0).flatMap(index::scalar).equals(Optional.of(1f));
            return one ? node.get().input(1).flatMap(this::root) : Optional.empty();
        }
        boolean power = GraphIndex.is(node.get(), "Pow")
                && node.get().input(1).flatMap(index::scalar).equals(Optional.of(-0.5f));
        return power ? node.get().input(0).flatMap(this::meanSquare) : Optional.empty();
    }

    private Optional<Normal> root(Value value) {
        return index.producer(value, "Sqrt").flatMap(node -> node.input(0)).flatMap(this::meanSquare);
    }

    /** Matches {@code mean(d * d) + epsilon}. */
    private Optional<Normal> meanSquare(Value value) {
        return index.producer(value, "Add")
                .flatMap(index::scalarOperand)
                .flatMap(sum -> index.producer(sum.other(), "ReduceMean")
                        .filter(this::isOverLastAxis)
                        .flatMap(mean -> mean.input(0))
                        .flatMap(index::producer)
                        .flatMap(this::squared)
                        .map(numbers -> new Normal(numbers, sum.scalar())));
    }

    private Optional<Value> squared(Node node) {
        boolean square = GraphIndex.is(node, "Pow")
                ? node.input(1).flatMap(index::scalar).equals(Optional.of(2f))
                : GraphIndex.is(node, "Mul") && node.input(0).equals(node.input(1));
        return square ? node.input(0) : Optional.empty();
    }

    /** What {@code value} is with its mean over the last axis taken off, and that mean. */
    Optional<Centred> centred(Value value) {
        Optional<Node> difference = index.producer(value, "Sub");
        Optional<Value> input = difference.flatMap(node -> node.input(0));
        return difference
                .flatMap(node -> index.producer(node, 1, "ReduceMean"))
                .filter(mean -> mean.input(0).equals(input) && isOverLastAxis(mean))
                .map(mean -> new Centred(input.orElseThrow(), mean.output(0).orElseThrow()));
    }

    /** Numbers, and their mean over the last axis. */
    record Centred(Value numbers, Value mean) {}

    private boolean isOverLastAxis(Node reduce) {
        Optional<long[]> axes = reduce.attributes()
                .integers("axes")
                .or(() -> reduce.input(1).flatMap(types::constant).flatMap(IntegerTensors::read));
        int rank =
                types.type(reduce.input(0).orElseThrow()).dims().map(List::size).orElse(0);
        return axes.isPresent()
                && axes.get().length == 1
                && (axes.get()[0] == -1 || axes.get()[0] == rank - 1)
                && reduce.attributes().integer("keepdims", 1) == 1;
    }

    /** Whether a value is a vector as long as the last axis of another, or a constant with other axes of one in front. */
    boolean isPerChannel(Value vector, Value of) {
        if (!types.type(vector).hasRank()
                || !types.type(of).hasRank()
                || types.type(of).rank() == 0
                || types.type(vector).rank() == 0
                || !types.type(vector).dim(-1).equals(types.type(of).dim(-1))) {
            return false;
        }
        return types.type(vector).rank() == 1
                || (types.type(vector).rank() <= types.type(of).rank()
                        && index.constant(vector)
                                .filter(tensor -> tensor.shape().elements()
                                        == tensor.shape().dim(-1))
                                .isPresent());
    }

    /** A value that is {@link #isPerChannel}, as a vector. */
    Value vector(Value value) {
        if (types.type(value).rank() == 1) {
            return value;
        }
        Tensor constant = index.constant(value).orElseThrow();
        Value flat = new Value(value.name() + " flat");
        initializers.put(
                flat, Tensor.of(constant.dataType(), Shape.of(constant.shape().elements()), constant.segment()));
        return flat;
    }
}
