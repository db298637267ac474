package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * The masks of attentions as tensors that are added: of each there is one for all attentions that have the same, made
 * where the first of them was.
 */
final class AttentionMasks {
    private static final int OPSET = 14;

    /** What hides scores, at the least: with other masks on top of the least float it would become infinite. */
    private static final float LOWEST = -1e30f;

    private final Graph graph;
    private final GraphIndex index;
    private final GraphTypes types;
    private final GraphRewrite rewrite;
    private final SegmentAllocator memory;
    private final Map<Value, Tensor> initializers;
    private final Map<String, Value> constants = new HashMap<>();
    private final Map<Node, Integer> places = new HashMap<>();
    private final Map<List<Object>, Made> made = new HashMap<>();

    /** A tensor that is added, and the place of the node that makes it. */
    private record Made(Value value, int place) {}

    AttentionMasks(Graph graph, GraphIndex index, GraphTypes types, GraphRewrite rewrite, SegmentAllocator memory) {
        this.graph = graph;
        this.index = index;
        this.types = types;
        this.rewrite = rewrite;
        this.memory = memory;
        this.initializers = new HashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            places.put(node, places.size());
        }
    }

    /** The constants of the graph, and those of the masks. */
    Map<Value, Tensor> initializers() {
        return initializers;
    }

    /** All masks of an attention in one, of the type of its scores; empty without any. */
    Optional<Value> of(AttentionScores scores, List<Dim> dims, DataType type) {
        Optional<Value> sum = Optional.empty();
        boolean onlyHides = true;
        for (AttentionScores.Mask mask : scores.masks().reversed()) {
            onlyHides &= mask instanceof AttentionScores.Mask.Replaced;
            // What is hidden twice is hidden as much as what is hidden once.
            String operator = onlyHides ? "Min" : "Add";
            List<Node> with = new ArrayList<>();
            Value numbers = switch (mask) {
                case AttentionScores.Mask.Added(Node _, Value added) -> added;
                case AttentionScores.Mask.Replaced replaced -> hiding(replaced, dims, type, with);
            };
            sum = Optional.of(sum.isEmpty() ? numbers : both(operator, sum.get(), numbers, mask.node(), with));
            if (!with.isEmpty()) {
                // It stays where somebody asks for its shape.
                with.add(mask.node());
                rewrite.replace(mask.node(), with.toArray(Node[]::new));
            }
        }
        return sum;
    }

    private Value both(String operator, Value left, Value right, Node at, List<Node> with) {
        return once(
                List.of(operator, left, right),
                at,
                with,
                output -> Node.of(
                        output.name(), "", operator, OPSET, List.of(left, right), List.of(output), Attributes.NONE));
    }

    /** What hides scores, as a number, and nothing where they stay. */
    private Value hiding(AttentionScores.Mask.Replaced mask, List<Dim> dims, DataType type, List<Node> with) {
        Node node = mask.node();
        float given = index.number(node.input(mask.number()).orElseThrow()).orElseThrow();
        float hidden = given == Float.NEGATIVE_INFINITY ? given : Math.max(given, LOWEST);
        Value where = narrow(mask.where(), dims);
        Value first = constant(mask.number() == 1 ? hidden : 0, type);
        Value second = constant(mask.number() == 1 ? 0 : hidden, type);
        return once(
                List.of(where, mask.number(), hidden, type),
                node,
                with,
                output -> Node.of(
                        output.name(),
                        "",
                        "Where",
                        OPSET,
                        List.of(where, first, second),
                        List.of(output),
                        Attributes.NONE));
    }

    /** A condition before it was repeated, where that suits scores of these dims too. */
    private Value narrow(Value where, List<Dim> dims) {
        return index.producer(where, "Expand")
                .flatMap(node -> node.input(0))
                .filter(inner -> AttentionScores.fits(types.type(inner), dims))
                .orElse(where);
    }

    private Value once(List<Object> key, Node at, List<Node> with, Function<Value, Node> maker) {
        int place = Objects.requireNonNull(places.get(at));
        Made known = made.get(key);
        if (known != null && known.place() <= place) {
            return known.value();
        }
        Value output = new Value(at.output(0).orElseThrow().name() + " mask" + made.size());
        with.add(maker.apply(output));
        made.put(key, new Made(output, place));
        return output;
    }

    private Value constant(float number, DataType type) {
        String name = graph.name() + " attention's " + number + (type == DataType.FP32 ? "" : " of " + type);
        return constants.computeIfAbsent(name, _ -> {
            Value value = new Value(name);
            Tensor tensor = Tensor.of(type, Shape.SCALAR, memory.allocate(Float.BYTES, Float.BYTES));
            RealNumbers.set(tensor, 0, number);
            initializers.put(value, tensor);
            return value;
        });
    }
}
