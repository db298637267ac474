package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.QuantizedValues.Quantized;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntToDoubleFunction;

/**
 * Floats between DequantizeLinear and QuantizeLinear, as static quantisers write them by default, become bytes: convolutions
 * and products of dequantised operands that are quantised again are computed in integers, and what only moves
 * numbers moves bytes. Before constants are folded, for weights would be floats behind that.
 */
public final class FuseQuantized implements GraphPass {
    private static final int QUANTIZED_OPSET = 10;
    private static final int AXES_BY_INPUT = 13;
    private static final String MICROSOFT = "com.microsoft";
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Operators of one tensor whose result has some of its elements, in some order. */
    private static final Set<String> MOVES =
            Set.of("Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "DepthToSpace", "SpaceToDepth");

    private final SegmentAllocator memory;

    /** @param memory where new constants lie; must live until the plan is built */
    public FuseQuantized(SegmentAllocator memory) {
        this.memory = memory;
    }

    /** One application of the pass. */
    private record Change(
            GraphIndex index, QuantizedValues values, GraphRewrite rewrite, Map<Value, Tensor> initializers) {}

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "DequantizeLinear"))) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        Change change = new Change(
                index, new QuantizedValues(index), new GraphRewrite(graph), new HashMap<>(graph.initializers()));
        for (Node node : graph.nodes()) {
            if (!node.domain().isEmpty()
                    || node.inputs().isEmpty()
                    || node.output(0).isEmpty()) {
                continue;
            }
            switch (node.operator()) {
                case "Conv" -> fuse(node, 0, change, (x, w, y) -> convolution(node, x, w, y, change));
                case "Gemm" -> fuse(node, rows(node) ? 0 : 1, change, (x, w, y) -> gemm(node, x, w, y, change));
                case "MatMul" -> fuse(node, 1, change, (x, w, y) -> product(node, x, w, y, change));
                default -> move(node, change);
            }
        }
        return change.rewrite().apply(change.initializers());
    }

    private static boolean rows(Node gemm) {
        return gemm.attributes().integer("transB", 0) != 0;
    }

    /** Makes what takes the place of a node and of the quantisation behind it; none where that cannot be. */
    private interface Maker {
        List<Node> of(Quantized x, Quantized w, Quantized y);
    }

    /** @param axis of the weights, along which they may have scales */
    private static void fuse(Node node, int axis, Change change, Maker maker) {
        QuantizedValues values = change.values();
        Value output = node.output(0).orElseThrow();
        Optional<Quantized> x = node.input(0).flatMap(values::dequantized);
        Optional<Quantized> w = node.input(1).flatMap(value -> values.weights(value, axis));
        Optional<Quantized> y = values.requantized(output);
        if (x.isEmpty() || w.isEmpty() || y.isEmpty()) {
            return;
        }
        List<Node> fused = maker.of(x.get(), w.get(), y.get());
        if (!fused.isEmpty()) {
            change.rewrite().drop(node);
            change.rewrite().replace(values.quantizing(output).orElseThrow(), fused.toArray(Node[]::new));
        }
    }

    private List<Node> convolution(Node conv, Quantized x, Quantized w, Quantized y, Change change) {
        if (conv.attributes().integer("group", 1) != 1) {
            // Sums of few numbers gain nothing from being integers: there are faster loops for floats.
            return List.of();
        }
        int filters = Math.toIntExact(weights(w, change).shape().dim(0));
        Optional<Optional<Value>> bias = addends(conv, filters, x, w, change);
        return bias.map(found -> List.of(new Node(
                        conv.name(),
                        "",
                        "QLinearConv",
                        QUANTIZED_OPSET,
                        inputs(x, w, y, found),
                        List.of(Optional.of(y.bytes())),
                        conv.attributes())))
                .orElse(List.of());
    }

    private static List<Optional<Value>> inputs(Quantized x, Quantized w, Quantized y, Optional<Value> bias) {
        return List.of(
                Optional.of(x.bytes()),
                Optional.of(x.scale()),
                Optional.of(x.zeroPoint()),
                Optional.of(w.bytes()),
                Optional.of(w.scale()),
                Optional.of(w.zeroPoint()),
                Optional.of(y.scale()),
                Optional.of(y.zeroPoint()),
                bias);
    }

    /** A convolution of one tap over the rows, whose columns are channels that lie last: it takes the addends along. */
    private List<Node> gemm(Node gemm, Quantized x, Quantized w, Quantized y, Change change) {
        Attributes attributes = gemm.attributes();
        boolean plain = attributes.real("alpha", 1f) == 1f
                && attributes.real("beta", 1f) == 1f
                && attributes.integer("transA", 0) == 0;
        Tensor matrix = weights(w, change);
        if (!plain || matrix.shape().rank() != 2) {
            return List.of();
        }
        boolean rows = rows(gemm);
        long outputs = matrix.shape().dim(rows ? 0 : 1);
        long sums = matrix.shape().dim(rows ? 1 : 0);
        Optional<Optional<Value>> bias = addends(gemm, Math.toIntExact(outputs), x, w, change);
        if (bias.isEmpty()) {
            return List.of();
        }
        String name = y.bytes().name();
        Value filters = new Value(name + " filters");
        change.initializers().put(filters, filters(matrix, rows, outputs, sums));
        Value first = new Value(name + " first axis");
        MemorySegment zero = memory.allocate(Long.BYTES, Long.BYTES);
        zero.fill((byte) 0);
        change.initializers().put(first, Tensor.of(DataType.INT64, Shape.of(1), zero));
        Value image = new Value(name + " rows");
        Value result = new Value(name + " results");
        Quantized read = new Quantized(image, x.scale(), x.zeroPoint());
        Quantized packed = new Quantized(filters, w.scale(), w.zeroPoint());
        return List.of(
                Node.of(
                        gemm.name(),
                        "",
                        "Unsqueeze",
                        AXES_BY_INPUT,
                        List.of(x.bytes(), first),
                        List.of(image),
                        Attributes.NONE),
                new Node(
                        gemm.name(),
                        MICROSOFT,
                        "QLinearConv",
                        1,
                        inputs(read, packed, y, bias.get()),
                        List.of(Optional.of(result)),
                        new Attributes(Map.of("channels_last", new Attribute.Int(1)))),
                Node.of(
                        gemm.name(),
                        "",
                        "Squeeze",
                        AXES_BY_INPUT,
                        List.of(result, first),
                        List.of(y.bytes()),
                        Attributes.NONE));
    }

    /** [outputs, sums, 1] of a matrix that has its outputs in rows, or in columns. */
    private Tensor filters(Tensor matrix, boolean rows, long outputs, long sums) {
        MemorySegment bytes = matrix.segment();
        if (!rows) {
            bytes = memory.allocate(outputs * sums, 64);
            for (long output = 0; output < outputs; output++) {
                for (long sum = 0; sum < sums; sum++) {
                    byte weight = matrix.segment().get(ValueLayout.JAVA_BYTE, sum * outputs + output);
                    bytes.set(ValueLayout.JAVA_BYTE, output * sums + sum, weight);
                }
            }
        }
        return Tensor.of(matrix.dataType(), Shape.of(outputs, sums, 1), bytes);
    }

    private static List<Node> product(Node matMul, Quantized x, Quantized w, Quantized y, Change change) {
        if (weights(w, change).shape().rank() != 2) {
            return List.of();
        }
        return List.of(new Node(
                matMul.name(),
                "",
                "QLinearMatMul",
                QUANTIZED_OPSET,
                inputs(x, w, y, Optional.empty()).subList(0, 8),
                List.of(Optional.of(y.bytes())),
                Attributes.NONE));
    }

    private static Tensor weights(Quantized w, Change change) {
        return change.index().constant(w.bytes()).orElseThrow();
    }

    /**
     * What a node adds, in steps of its sums: itself empty where it adds nothing, and all of it where that cannot be.
     *
     * @param count of outputs
     */
    private Optional<Optional<Value>> addends(Node node, int count, Quantized x, Quantized w, Change change) {
        if (node.input(2).isEmpty()) {
            return Optional.of(Optional.empty());
        }
        Value value = node.input(2).get();
        Optional<Addends> addends = addends(value, change);
        if (addends.isEmpty() || addends.get().count() != count) {
            return Optional.empty();
        }
        MemorySegment integers = memory.allocate(4L * count, 64);
        for (int output = 0; output < count; output++) {
            double step = (double) change.values().scale(x, 0) * change.values().scale(w, output);
            double rounded = Math.rint(addends.get().at(output) / step);
            // NaN is no integer either.
            if (!(Math.abs(rounded) <= Integer.MAX_VALUE)) {
                return Optional.empty();
            }
            integers.setAtIndex(INT, output, (int) rounded);
        }
        Value made = new Value(node.output(0).orElseThrow().name() + " addends");
        change.initializers().put(made, Tensor.of(DataType.INT32, Shape.of(count), integers));
        return Optional.of(Optional.of(made));
    }

    /** Constant numbers by their place. */
    private record Addends(long count, IntToDoubleFunction numbers) {
        double at(int place) {
            return numbers.applyAsDouble(place);
        }
    }

    /** Floats, or integers behind a DequantizeLinear. */
    private static Optional<Addends> addends(Value value, Change change) {
        QuantizedValues values = change.values();
        Optional<Tensor> floats = change.index().constant(value).filter(tensor -> isRow(tensor, DataType.FP32));
        if (floats.isPresent()) {
            return Optional.of(new Addends(floats.get().shape().elements(), place -> values.floatAt(value, place)));
        }
        Optional<Node> node = change.index().producer(value, "DequantizeLinear");
        Optional<Tensor> integers = node.flatMap(found -> found.input(0))
                .flatMap(change.index()::constant)
                .filter(tensor -> isRow(tensor, DataType.INT32));
        Optional<Value> scale = node.flatMap(found -> found.input(1))
                .filter(found -> change.index()
                        .constant(found)
                        .filter(tensor -> isRow(tensor, DataType.FP32))
                        .isPresent());
        boolean centred = node.flatMap(found -> found.input(2))
                .flatMap(change.index()::constant)
                .map(FuseQuantized::isZero)
                .orElse(node.isPresent() && node.get().input(2).isEmpty());
        if (integers.isEmpty() || scale.isEmpty() || !centred) {
            return Optional.empty();
        }
        MemorySegment segment = integers.get().segment();
        return Optional.of(new Addends(
                integers.get().shape().elements(),
                place -> (double) segment.getAtIndex(INT, place) * values.floatAt(scale.get(), place)));
    }

    private static boolean isRow(Tensor tensor, DataType type) {
        return tensor.dataType() == type && tensor.shape().rank() <= 1;
    }

    private static boolean isZero(Tensor tensor) {
        return tensor.segment()
                .elements(ValueLayout.JAVA_BYTE)
                .allMatch(each -> each.get(ValueLayout.JAVA_BYTE, 0) == 0);
    }

    /** Bytes are moved as they are where they mean the same behind. */
    private static void move(Node node, Change change) {
        if (!MOVES.contains(node.operator())) {
            return;
        }
        Value output = node.output(0).orElseThrow();
        Optional<Quantized> x = node.input(0).flatMap(change.values()::dequantized);
        Optional<Quantized> y = change.values().requantized(output);
        if (x.isEmpty() || y.isEmpty() || !change.values().areAlike(x.get(), y.get())) {
            return;
        }
        List<Optional<Value>> inputs = new ArrayList<>(node.inputs());
        inputs.set(0, Optional.of(x.get().bytes()));
        change.rewrite().drop(node);
        change.rewrite()
                .replace(
                        change.values().quantizing(output).orElseThrow(),
                        new Node(
                                node.name(),
                                node.domain(),
                                node.operator(),
                                node.opset(),
                                inputs,
                                List.of(Optional.of(y.get().bytes())),
                                node.attributes()));
    }
}
