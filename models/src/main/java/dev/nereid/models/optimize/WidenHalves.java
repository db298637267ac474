package dev.nereid.models.optimize;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.Trait;
import dev.nereid.models.operators.elementwise.Casts;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * FP16 and BF16 are computed as FP32: what a graph is given is cast once, and what it gives back is rounded once. The
 * CPU's fast kernels are those of FP32, and less is rounded than in the graph as it was. What only moves a cache or
 * picks rows of a constant table does it with 16 bits.
 */
public final class WidenHalves implements GraphPass {
    private static final Logger LOG = LoggerFactory.getLogger(WidenHalves.class);

    /** Attributes whose number is a datatype's. */
    private static final Set<String> TYPE_ATTRIBUTES =
            Set.of("to", "dtype", "output_dtype", "output_datatype", "softmax_precision", "stash_type", "precision");

    /** What moves elements, or looks at the shape alone: no reason to widen anything. */
    private static final Trait[] MOVING = {Trait.MOVEMENT, Trait.VIEW, Trait.REORDERING};

    private final OperatorSet operators;
    private final KernelSet kernels;
    private final SegmentAllocator memory;

    /** @param memory where constants of FP32 lie; must live until the plan is built */
    public WidenHalves(OperatorSet operators, KernelSet kernels, SegmentAllocator memory) {
        this.operators = operators;
        this.kernels = kernels;
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        if (!mentionsHalves(graph)) {
            return graph;
        }
        GraphTypes types = GraphTypes.infer(graph, operators);
        if (graph.nodes().stream().noneMatch(node -> widens(node, types) && !operators.has(node, MOVING))) {
            return graph;
        }
        Graph widened = new WideGraph(graph, types, this).graph();
        try {
            GraphTypes.infer(widened, operators);
            return widened;
        } catch (ModelFormatException e) {
            LOG.debug("graph '{}' keeps its numbers of 16 bits: {}", graph.name(), e.getMessage());
            return graph;
        }
    }

    private static boolean mentionsHalves(Graph graph) {
        return Stream.concat(
                                graph.initializers().values().stream().map(Tensor::dataType),
                                graph.inputs().stream()
                                        .map(graph.types()::get)
                                        .flatMap(type -> type instanceof TensorType tensor
                                                ? Stream.of(tensor.dataType())
                                                : Stream.empty()))
                        .anyMatch(DataTypes.HALVES::contains)
                || graph.nodes().stream()
                        .flatMap(node -> node.attributes().map().entrySet().stream())
                        .anyMatch(entry -> namesHalf(entry.getKey(), entry.getValue()));
    }

    private static boolean namesHalf(String name, Attribute attribute) {
        return switch (attribute) {
            case Attribute.Int(long number) ->
                TYPE_ATTRIBUTES.contains(name)
                        && DataTypes.HALVES.stream().anyMatch(half -> OnnxTypes.number(half) == number);
            case Attribute.Text(String type) -> name.equals("to") && type.equals("FLOAT16");
            case Attribute.TensorValue(Tensor tensor) -> DataTypes.HALVES.contains(tensor.dataType());
            default -> false;
        };
    }

    static boolean isHalf(ValueType type) {
        return type instanceof TensorType tensor && DataTypes.HALVES.contains(tensor.dataType());
    }

    /** Whether a node has numbers of 16 bits in tensors, and computes the same with those of FP32 but for rounding. */
    static boolean widens(Node node, GraphTypes types) {
        List<ValueType> all = Stream.concat(node.inputs().stream(), node.outputs().stream())
                .flatMap(Optional::stream)
                .map(types::valueType)
                .toList();
        boolean subgraphs = node.attributes().map().values().stream().anyMatch(Attribute.Subgraph.class::isInstance);
        return !subgraphs
                && all.stream().anyMatch(WidenHalves::isHalf)
                && all.stream().allMatch(TensorType.class::isInstance)
                && !readsBits(node, types);
    }

    /** What is written as text are the digits of a number of 16 bits. */
    private static boolean readsBits(Node node, GraphTypes types) {
        return GraphIndex.is(node, "BitCast")
                || node.outputs().stream()
                        .flatMap(Optional::stream)
                        .anyMatch(output -> types.type(output).dataType() == DataType.STRING);
    }

    /** The node's attributes with FP32 for both types of 16 bits. */
    Attributes widened(Attributes attributes) {
        Attributes result = attributes;
        for (var entry : attributes.map().entrySet()) {
            if (namesHalf(entry.getKey(), entry.getValue())) {
                result = result.with(entry.getKey(), widened(entry.getValue()));
            }
        }
        return result;
    }

    private Attribute widened(Attribute attribute) {
        return switch (attribute) {
            case Attribute.Int _ -> new Attribute.Int(OnnxTypes.number(DataType.FP32));
            case Attribute.Text _ -> new Attribute.Text("FLOAT");
            case Attribute.TensorValue(Tensor half) -> new Attribute.TensorValue(widened(half));
            default -> attribute;
        };
    }

    /** A constant as FP32. */
    Tensor widened(Tensor half) {
        long bytes = half.shape().elements() * DataType.FP32.bytes();
        Tensor wide = Tensor.of(DataType.FP32, half.shape(), memory.allocate(Math.max(1, bytes), 64));
        Casts.run(
                kernels.elementwise().cast(half.dataType(), DataType.FP32, CastRule.DEFAULT),
                half,
                wide,
                Workers.single());
        return wide;
    }
}
