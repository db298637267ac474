package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.OperatorSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Layer normalisation spelled out, {@code (x - mean) / sqrt(var + epsilon) * scale + bias} over the last axis, becomes
 * one LayerNormalization node.
 */
public final class FuseLayerNormalization implements GraphPass {
    private static final int LAYER_NORMALIZATION_OPSET = 17;

    /** What the parts of a match have in common. */
    private record Core(Value input, float epsilon) {}

    private final OperatorSet operators;

    public FuseLayerNormalization(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node add : graph.nodes()) {
            if (GraphIndex.is(add, "Add")) {
                match(add, index, types).ifPresent(node -> rewrite.replace(add, node));
            }
        }
        return rewrite.apply();
    }

    private static Optional<Node> match(Node add, GraphIndex index, GraphTypes types) {
        for (int side = 0; side < 2; side++) {
            Optional<Node> scaled = index.producer(add, side, "Mul");
            Value bias = add.input(1 - side).orElseThrow();
            if (scaled.isEmpty()
                    || index.onlyConsumer(scaled.get().output(0).orElseThrow()).isEmpty()) {
                continue;
            }
            for (int inner = 0; inner < 2; inner++) {
                Optional<Node> divided = index.producer(scaled.get(), inner, "Div");
                Value scale = scaled.get().input(1 - inner).orElseThrow();
                Optional<Core> core = divided.flatMap(div -> core(div, index, types));
                if (core.isPresent()
                        && isPerChannel(scale, core.get().input(), types)
                        && isPerChannel(bias, core.get().input(), types)) {
                    Attributes attributes = new Attributes(Map.of(
                            "axis",
                            new Attribute.Int(-1),
                            "epsilon",
                            new Attribute.Real(core.get().epsilon())));
                    return Optional.of(Node.of(
                            add.name(),
                            "",
                            "LayerNormalization",
                            LAYER_NORMALIZATION_OPSET,
                            List.of(core.get().input(), scale, bias),
                            List.of(add.output(0).orElseThrow()),
                            attributes));
                }
            }
        }
        return Optional.empty();
    }

    /** Matches {@code (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)}. */
    private static Optional<Core> core(Node div, GraphIndex index, GraphTypes types) {
        Optional<Node> centred = index.producer(div, 0, "Sub");
        Optional<Node> deviation = index.producer(div, 1, "Sqrt");
        if (centred.isEmpty() || deviation.isEmpty()) {
            return Optional.empty();
        }
        Value input = centred.get().input(0).orElseThrow();
        Value difference = centred.get().output(0).orElseThrow();
        Optional<Node> mean = index.producer(centred.get(), 1, "ReduceMean");
        Optional<Node> shifted = index.producer(deviation.get(), 0, "Add");
        Optional<GraphIndex.ScalarOperand> epsilon = shifted.flatMap(index::scalarOperand);
        Optional<Node> variance = epsilon.flatMap(operand -> index.producer(operand.other(), "ReduceMean"));
        if (mean.isEmpty() || variance.isEmpty() || !mean.get().input(0).equals(Optional.of(input))) {
            return Optional.empty();
        }
        Optional<Node> square = variance.get().input(0).flatMap(index::producer);
        boolean squares =
                square.filter(node -> isSquare(node, difference, index)).isPresent();
        if (!squares || !isOverLastAxis(mean.get(), types) || !isOverLastAxis(variance.get(), types)) {
            return Optional.empty();
        }
        return Optional.of(new Core(input, epsilon.get().scalar()));
    }

    private static boolean isSquare(Node node, Value of, GraphIndex index) {
        Optional<Value> base = Optional.of(of);
        if (GraphIndex.is(node, "Pow")) {
            return node.input(0).equals(base)
                    && index.scalar(node.input(1).orElseThrow()).equals(Optional.of(2f));
        }
        return GraphIndex.is(node, "Mul")
                && node.input(0).equals(base)
                && node.input(1).equals(base);
    }

    private static boolean isOverLastAxis(Node reduce, GraphTypes types) {
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

    /** Whether a value is a vector as long as the last axis of another. */
    private static boolean isPerChannel(Value vector, Value of, GraphTypes types) {
        return types.type(vector).hasRank()
                && types.type(of).hasRank()
                && types.type(vector).rank() == 1
                && types.type(vector).dim(0).equals(types.type(of).dim(-1));
    }
}
