package dev.nereid.models.optimize;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.DeviceTurn;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes, once and with the ordinary kernels, what depends on nothing that a run brings: nodes over constants, and
 * integers whose value follows from known dims.
 */
public final class FoldConstants implements GraphPass {
    private static final Logger LOG = LoggerFactory.getLogger(FoldConstants.class);

    /** A result that is larger, and {@link #GROWTH} times as large as what it is made of, stays a step. */
    private static final long LARGE_BYTES = 1L << 20;

    /** What bytes grow by when they become floats: quantised weights are dequantised once. */
    private static final long GROWTH = 4;

    /** Weights of gigabytes are dequantised in a few seconds. */
    private static final Duration MOST_TIME = Duration.ofSeconds(20);

    private final OperatorSet operators;
    private final KernelSet kernels;
    private final SegmentAllocator memory;
    private final Predicate<Node> foldable;
    /** How long nodes may still be computed; shared by all graphs that the pass is applied to. */
    private Duration left;

    /**
     * A pass over the nodes that {@code foldable} admits.
     *
     * @param memory where results lie; must live until the plan is built
     */
    public FoldConstants(OperatorSet operators, KernelSet kernels, SegmentAllocator memory, Predicate<Node> foldable) {
        this(operators, kernels, memory, foldable, MOST_TIME);
    }

    /**
     * As the other constructor.
     *
     * @param time how long nodes may be computed, over all graphs that the pass is applied to. Of a graph whose constants
     *     take longer none is folded: its nodes stay steps, and each run computes them.
     */
    FoldConstants(
            OperatorSet operators,
            KernelSet kernels,
            SegmentAllocator memory,
            Predicate<Node> foldable,
            Duration time) {
        this.operators = operators;
        this.kernels = kernels;
        this.memory = memory;
        this.foldable = foldable;
        this.left = time;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphTypes types = GraphTypes.infer(graph, operators);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        List<Node> rest = new ArrayList<>();
        List<Node> folded = new ArrayList<>();
        Set<Value> constants = new HashSet<>(initializers.keySet());
        for (Node node : graph.nodes()) {
            Optional<Tensor> known = foldable.test(node) ? knownContent(node, types) : Optional.empty();
            if (known.isPresent()) {
                initializers.put(node.output(0).orElseThrow(), known.get());
                constants.add(node.output(0).orElseThrow());
            } else if (foldable.test(node)
                    && isConstant(node, constants)
                    && givesTensors(node, types)
                    && isWorthKeeping(node, types)) {
                folded.add(node);
                node.outputs().forEach(output -> output.ifPresent(constants::add));
            } else {
                rest.add(node);
            }
        }
        if (!folded.isEmpty()) {
            Optional<Map<Value, Tensor>> results = compute(graph, folded, rest, initializers);
            if (results.isEmpty()) {
                return graph;
            }
            initializers.putAll(results.get());
        }
        return new RemoveDeadNodes().apply(graph.with(rest, initializers));
    }

    private boolean isConstant(Node node, Set<Value> constants) {
        boolean subgraph = node.attributes().map().values().stream().anyMatch(Attribute.Subgraph.class::isInstance);
        return !subgraph
                && GraphTypes.operator(node, operators).deterministic()
                && node.inputs().stream().flatMap(Optional::stream).allMatch(constants::contains);
    }

    private static boolean givesTensors(Node node, GraphTypes types) {
        return node.outputs().stream()
                .flatMap(Optional::stream)
                .allMatch(output -> types.valueType(output) instanceof TensorType);
    }

    private static boolean isWorthKeeping(Node node, GraphTypes types) {
        long out = 0;
        for (Optional<Value> output : node.outputs()) {
            if (output.isPresent()) {
                out += bytes(types.valueType(output.get()));
            }
        }
        long in = 0;
        for (Optional<Value> input : node.inputs()) {
            if (input.isPresent()) {
                in += bytes(types.valueType(input.get()));
            }
        }
        return out <= LARGE_BYTES || out <= GROWTH * in || node.operator().equals("Constant");
    }

    private static long bytes(ValueType valueType) {
        return valueType instanceof TensorType type
                ? type.shape()
                        .map(shape -> shape.elements() * type.dataType().bytes())
                        .orElse(0L)
                : 0;
    }

    /** The node's output, where it is integers that are all known. */
    private Optional<Tensor> knownContent(Node node, GraphTypes types) {
        if (node.outputs().size() != 1 || node.output(0).isEmpty()) {
            return Optional.empty();
        }
        Value output = node.output(0).get();
        Optional<List<Dim>> content = types.content(output);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        TensorType type = types.type(output);
        Optional<Shape> shape = type.shape();
        boolean integers = type.dataType() == DataType.INT64 || type.dataType() == DataType.INT32;
        if (!integers || shape.isEmpty() || !content.get().stream().allMatch(Dim::isKnown)) {
            return Optional.empty();
        }
        if (shape.get().elements() != content.get().size()) {
            return Optional.empty();
        }
        int width = type.dataType().bytes();
        MemorySegment segment = memory.allocate(Math.max(1, shape.get().elements() * width), 64);
        for (int i = 0; i < content.get().size(); i++) {
            long value = content.get().get(i).value();
            if (width == 8) {
                segment.set(ValueLayout.JAVA_LONG, 8L * i, value);
            } else {
                segment.set(ValueLayout.JAVA_INT, 4L * i, (int) value);
            }
        }
        return Optional.of(Tensor.of(type.dataType(), shape.get(), segment));
    }

    /** Runs the folded nodes as a graph of their own; empty where a node fails, which then fails in the run it is for. */
    private Optional<Map<Value, Tensor>> compute(
            Graph graph, List<Node> folded, List<Node> rest, Map<Value, Tensor> initializers) {
        Set<Value> read = new HashSet<>(graph.outputs());
        rest.forEach(node -> node.inputs().forEach(input -> input.ifPresent(read::add)));
        Set<Value> results = new LinkedHashSet<>();
        folded.forEach(node ->
                node.outputs().forEach(output -> output.filter(read::contains).ifPresent(results::add)));
        Graph constantGraph =
                new Graph(graph.name(), List.of(), List.copyOf(results), folded, initializers, graph.types());
        long start = System.nanoTime();
        try (SlabPool pool = new SlabPool(0);
                Plan plan = PlanBuilder.build(constantGraph, operators, kernels);
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result =
                        runner.run(List.of(), Workers.single(), DeviceTurn.ALONE, Cancellation.after(left))) {
            Map<Value, Tensor> tensors = new HashMap<>();
            int index = 0;
            for (Value value : results) {
                tensors.put(value, copy(result.outputs().get(index++)));
            }
            return Optional.of(tensors);
        } catch (ExecutionException e) {
            LOG.debug("constants are not folded: {}", e.getMessage());
            return Optional.empty();
        } catch (CancellationException _) {
            LOG.warn(
                    "graph '{}': its constants are not folded, for computing them takes too long; each run computes them",
                    graph.name());
            return Optional.empty();
        } finally {
            Duration remaining = left.minusNanos(System.nanoTime() - start);
            left = remaining.isNegative() ? Duration.ZERO : remaining;
        }
    }

    private Tensor copy(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            return tensor;
        }
        MemorySegment segment = memory.allocate(Math.max(1, tensor.byteSize()), 64);
        MemorySegment.copy(tensor.segment(), 0, segment, 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), segment);
    }
}
