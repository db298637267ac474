package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A table of constant rows, looked up as exporters of JAX write it: integers x: [..., 1] are compared with 0 to n - 1, and
 * the truth values multiplied as floats with the table: [n, m]. Becomes Gather from the table with a row of zeros before and
 * behind it, which other integers mean.
 */
final class GatherOneHot implements GraphPass {
    /** An opset of which all that is written here is as it is today. */
    private static final int OPSET = 13;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final OperatorSet operators;
    private final SegmentAllocator memory;

    /** @param memory where new constants lie; must live until the plan is built */
    GatherOneHot(OperatorSet operators, SegmentAllocator memory) {
        this.operators = operators;
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "Equal"))) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node matMul : graph.nodes()) {
            if (GraphIndex.is(matMul, "MatMul")) {
                table(matMul, index)
                        .ifPresent(table -> integers(matMul, table.shape().dim(0), index, types)
                                .ifPresent(x -> rewrite(matMul, x, types.type(x), table, rewrite, initializers)));
            }
        }
        return rewrite.apply(initializers);
    }

    private static Optional<Tensor> table(Node matMul, GraphIndex index) {
        return matMul.input(1)
                .flatMap(index::constant)
                .filter(table ->
                        table.dataType() == DataType.FP32 && table.shape().rank() == 2)
                // NaN would show in every row that is multiplied with zero.
                .filter(GatherOneHot::isFinite);
    }

    private static boolean isFinite(Tensor table) {
        for (long i = 0; i < table.shape().elements(); i++) {
            if (!Float.isFinite(table.segment().getAtIndex(FLOAT, i))) {
                return false;
            }
        }
        return true;
    }

    /** The integers whose place among 0 to n - 1 the node's left side tells. */
    private static Optional<Value> integers(Node matMul, long n, GraphIndex index, GraphTypes types) {
        Optional<Node> equal = index.producer(matMul, 0, "Cast").flatMap(cast -> index.producer(cast, 0, "Equal"));
        for (int side = 0; equal.isPresent() && side < 2; side++) {
            Value x = equal.get().input(side).orElseThrow();
            Optional<Tensor> places =
                    index.constant(equal.get().input(1 - side).orElseThrow()).filter(tensor -> countsTo(tensor, n));
            TensorType type = types.type(x);
            if (places.isPresent()
                    && type.hasRank()
                    && type.rank() > 0
                    && type.rank() >= places.get().shape().rank()
                    && type.dim(-1).is(1)) {
                return Optional.of(x);
            }
        }
        return Optional.empty();
    }

    /** Whether a constant is 0 to n - 1 along its last axis, and has no other. */
    private static boolean countsTo(Tensor tensor, long n) {
        boolean integers = tensor.dataType() == DataType.INT32 || tensor.dataType() == DataType.INT64;
        if (!integers
                || tensor.shape().rank() == 0
                || tensor.shape().dim(-1) != n
                || tensor.shape().elements() != n) {
            return false;
        }
        for (long i = 0; i < n; i++) {
            long number = tensor.dataType() == DataType.INT64
                    ? tensor.segment().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i)
                    : tensor.segment().getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            if (number != i) {
                return false;
            }
        }
        return true;
    }

    private void rewrite(
            Node matMul,
            Value x,
            TensorType type,
            Tensor table,
            GraphRewrite rewrite,
            Map<Value, Tensor> initializers) {
        String name = matMul.output(0).orElseThrow().name();
        long rows = table.shape().dim(0);
        Value padded = new Value(name + " table");
        initializers.put(padded, padded(table));
        Value last = integer(name + " last", type.dataType(), Shape.SCALAR, rows, initializers);
        Value first = integer(name + " first", type.dataType(), Shape.SCALAR, -1, initializers);
        Value one = integer(name + " one", type.dataType(), Shape.SCALAR, 1, initializers);
        Value axis = integer(name + " axis", DataType.INT64, Shape.of(1), -1, initializers);
        Value below = new Value(name + " below");
        Value inside = new Value(name + " inside");
        Value counted = new Value(name + " counted");
        Value places = new Value(name + " places");
        rewrite.replace(
                matMul,
                node("Min", below, x, last),
                node("Max", inside, below, first),
                node("Add", counted, inside, one),
                node("Squeeze", places, counted, axis),
                Node.of(
                        matMul.name(),
                        "",
                        "Gather",
                        OPSET,
                        List.of(padded, places),
                        List.of(matMul.output(0).orElseThrow()),
                        new Attributes(Map.of("axis", new Attribute.Int(0)))));
    }

    private static Node node(String operator, Value output, Value... inputs) {
        return Node.of(output.name(), "", operator, OPSET, List.of(inputs), List.of(output), Attributes.NONE);
    }

    private Value integer(String name, DataType type, Shape shape, long number, Map<Value, Tensor> initializers) {
        MemorySegment segment = memory.allocate(Long.BYTES, Long.BYTES);
        if (type == DataType.INT64) {
            segment.set(ValueLayout.JAVA_LONG, 0, number);
        } else {
            segment.set(ValueLayout.JAVA_INT, 0, Math.toIntExact(number));
        }
        Value value = new Value(name);
        initializers.put(value, Tensor.of(type, shape, segment));
        return value;
    }

    /** The table with a row of zeros before and behind it. */
    private Tensor padded(Tensor table) {
        long rows = table.shape().dim(0);
        long rowBytes = table.shape().dim(1) * Float.BYTES;
        MemorySegment segment = memory.allocate((rows + 2) * rowBytes, 64);
        segment.fill((byte) 0);
        MemorySegment.copy(table.segment(), 0, segment, rowBytes, rows * rowBytes);
        return Tensor.of(DataType.FP32, Shape.of(rows + 2, table.shape().dim(1)), segment);
    }
}
