package dev.nereid.models.optimize.packed;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.RemoveDeadNodes;
import dev.nereid.tensor.DataType;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rewrites a graph whose inputs are [batch, tokens, ...] into one that runs texts of any lengths one behind the other.
 * Every value is followed from the inputs on: what works on each token, or on each text, stays as it is; what mixes the
 * tokens of a text is replaced by what knows where a text ends; anything of which neither is certain refuses the graph.
 */
public final class PackTexts {
    private final OperatorSet operators;
    private final SegmentAllocator memory;

    /**
     * The pass.
     *
     * @param memory where small constants lie; must live until the plan is built
     */
    public PackTexts(OperatorSet operators, SegmentAllocator memory) {
        this.operators = operators;
        this.memory = memory;
    }

    /** The packed graph, or the reason why there is none. */
    public Packing apply(Graph graph) {
        try {
            return pack(graph);
        } catch (PackingRefusal refusal) {
            return new Packing.Refused(refusal.reason());
        } catch (ModelFormatException e) {
            return new Packing.Refused("a single text does not suit the graph: " + e.getMessage());
        }
    }

    private Packing pack(Graph graph) {
        Dim length = length(graph);
        Map<Value, ValueType> single = new HashMap<>();
        Map<Value, ValueType> packed = new HashMap<>();
        for (Value input : graph.inputs()) {
            TensorType type = declared(graph, input);
            single.put(input, oneText(type, length));
            packed.put(input, oneText(type, Dim.symbol("tokens")));
        }
        Graph ofOne =
                new Graph(graph.name(), graph.inputs(), graph.outputs(), graph.nodes(), graph.initializers(), single);
        ofOne = FirstTokens.apply(ofOne, GraphTypes.infer(ofOne, operators), length, memory);
        Graph ofMany = graph.with(ofOne.nodes(), ofOne.initializers());
        PackedGraph result =
                new PackedGraph(ofOne, GraphTypes.infer(ofOne, operators), GraphTypes.infer(ofMany, operators), memory);
        for (Node node : ofOne.nodes()) {
            follow(node, result);
        }
        List<Packing.Part> parts = graph.outputs().stream().map(result::part).toList();
        packed.put(result.ends(), TensorType.of(DataType.INT64, List.of(Dim.symbol("texts"))));
        List<Value> inputs = new ArrayList<>(graph.inputs());
        inputs.add(result.ends());
        Graph rewritten =
                new Graph(graph.name(), inputs, graph.outputs(), result.nodes(), result.initializers(), packed);
        return new Packing.Packed(new RemoveDeadNodes().apply(rewritten), parts, result.longest());
    }

    private void follow(Node node, PackedGraph graph) {
        if (graph.isShapeArithmetic(node)) {
            return;
        }
        boolean subgraph = node.attributes().map().values().stream().anyMatch(Attribute.Subgraph.class::isInstance);
        boolean plain = !subgraph && GraphTypes.operator(node, operators).deterministic();
        if (plain && node.inputs().stream().flatMap(Optional::stream).allMatch(graph::isSame)) {
            graph.keepSame(node);
        } else {
            PackRules.of(node, operators).apply(node, graph);
        }
    }

    /** The dim that is a text's length: the second of every input. */
    private static Dim length(Graph graph) {
        Optional<TensorType> first = Optional.empty();
        for (Value input : graph.inputs()) {
            TensorType type = declared(graph, input);
            boolean fits = type.hasRank()
                    && type.rank() >= 2
                    && !type.dim(0).isKnown()
                    && !type.dim(1).isKnown()
                    && !type.dim(0).equals(type.dim(1))
                    && type.dims().orElseThrow().subList(2, type.rank()).stream()
                            .allMatch(Dim::isKnown);
            if (!fits) {
                throw new PackingRefusal("input '" + input.name() + "' " + type + " is not [batch, tokens, ...]");
            }
            if (first.isEmpty()) {
                first = Optional.of(type);
            } else if (!type.dim(0).equals(first.get().dim(0))
                    || !type.dim(1).equals(first.get().dim(1))) {
                throw new PackingRefusal("inputs '" + graph.inputs().getFirst().name() + "' and '" + input.name()
                        + "' are not declared to have one length: " + first.get() + " and " + type);
            }
        }
        return first.map(type -> type.dim(1)).orElseThrow(() -> new PackingRefusal("the graph has no input"));
    }

    private static TensorType declared(Graph graph, Value input) {
        if (graph.types().get(input) instanceof TensorType type) {
            return type;
        }
        throw new PackingRefusal("input '" + input.name() + "' is not a tensor");
    }

    private static TensorType oneText(TensorType type, Dim tokens) {
        List<Dim> dims = new ArrayList<>(type.dims().orElseThrow());
        dims.set(0, Dim.of(1));
        dims.set(1, tokens);
        return TensorType.of(type.dataType(), dims);
    }
}
