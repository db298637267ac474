package dev.nereid.models.optimize;

import dev.nereid.kernels.quantized.ByteArithmeticKernels;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.QuantizedValues.Quantized;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Sums and products of two dequantised tensors, and pooling of one, that are quantised again go from bytes to bytes. Pooling
 * does so where the channels are last, and therefore behind the layout's pass.
 */
public final class FuseQuantizedArithmetic implements GraphPass {
    /** Scales beyond this would leave the range of floats. */
    private static final float GREATEST_SCALE = 1e6f;

    private final OperatorSet operators;

    public FuseQuantizedArithmetic(OperatorSet operators) {
        this.operators = operators;
    }

    /** One application of the pass. */
    private record Change(GraphIndex index, QuantizedValues values, GraphTypes types, GraphRewrite rewrite) {
        /** Puts a node in the place of another one and of the quantisation behind it. */
        void fuse(Node node, String operator, List<Value> inputs, Quantized y, Attributes attributes) {
            rewrite.drop(node);
            rewrite.replace(
                    values.quantizing(node.output(0).orElseThrow()).orElseThrow(),
                    Node.of(
                            node.name(),
                            FusedOperators.DOMAIN,
                            operator,
                            FusedOperators.VERSION,
                            inputs,
                            List.of(y.bytes()),
                            attributes));
        }
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(QuantizedValues::isDequantize)) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        Change change = new Change(
                index, new QuantizedValues(index), GraphTypes.infer(graph, operators), new GraphRewrite(graph));
        for (Node node : graph.nodes()) {
            if (node.domain().isEmpty()) {
                switch (node.operator()) {
                    case "Add" -> binary(node, "QuantizedAdd", change);
                    case "Mul" -> binary(node, "QuantizedMul", change);
                    case "ReduceMean" -> mean(node, change);
                    default -> {}
                }
            } else if (node.domain().equals(FusedOperators.DOMAIN)) {
                switch (node.operator()) {
                    case "ChannelsLastMaxPool" -> highest(node, change);
                    case "ChannelsLastAveragePool" -> average(node, node.attributes(), change);
                    default -> {}
                }
            }
        }
        return change.rewrite().apply();
    }

    /** What a node's output is quantised to, where that is all that becomes of it. */
    private static Optional<Quantized> result(Node node, Change change) {
        return node.output(0).flatMap(change.values()::requantized);
    }

    private static Optional<Quantized> operand(Node node, int input, Change change) {
        return node.input(input).flatMap(change.values()::dequantized);
    }

    private static boolean isCoarseEnough(Quantized y, Quantized operand, QuantizedValues values) {
        float scale = values.scale(operand, 0);
        float steps = scale / values.scale(y, 0);
        return scale > 0 && scale < GREATEST_SCALE && steps > 0 && steps <= ByteArithmeticKernels.MOST_STEPS;
    }

    private static void binary(Node node, String operator, Change change) {
        Optional<Quantized> a = operand(node, 0, change);
        Optional<Quantized> b = operand(node, 1, change);
        Optional<Quantized> y = result(node, change);
        if (a.isEmpty() || b.isEmpty() || y.isEmpty()) {
            return;
        }
        TensorType type = change.types().type(a.get().bytes());
        boolean alike = type.hasRank()
                && type.dims().equals(change.types().type(b.get().bytes()).dims());
        if (alike
                && isCoarseEnough(y.get(), a.get(), change.values())
                && isCoarseEnough(y.get(), b.get(), change.values())) {
            List<Value> inputs = List.of(
                    a.get().bytes(),
                    a.get().scale(),
                    a.get().zeroPoint(),
                    b.get().bytes(),
                    b.get().scale(),
                    b.get().zeroPoint(),
                    y.get().scale(),
                    y.get().zeroPoint());
            change.fuse(node, operator, inputs, y.get(), Attributes.NONE);
        }
    }

    /** The highest byte stands for the highest number, where a byte stands for the same before and after. */
    private static void highest(Node node, Change change) {
        Optional<Quantized> x = operand(node, 0, change);
        Optional<Quantized> y = result(node, change);
        if (x.isPresent()
                && y.isPresent()
                && change.values().scale(x.get(), 0) > 0
                && change.values().areAlike(x.get(), y.get())) {
            change.fuse(node, "QuantizedMaxPool", List.of(x.get().bytes()), y.get(), node.attributes());
        }
    }

    private static void average(Node node, Attributes attributes, Change change) {
        Optional<Quantized> x = operand(node, 0, change);
        Optional<Quantized> y = result(node, change);
        if (x.isPresent() && y.isPresent() && isCoarseEnough(y.get(), x.get(), change.values())) {
            List<Value> inputs = List.of(
                    x.get().bytes(),
                    x.get().scale(),
                    x.get().zeroPoint(),
                    y.get().scale(),
                    y.get().zeroPoint());
            change.fuse(node, "QuantizedAveragePool", inputs, y.get(), attributes);
        }
    }

    /** A mean over all axes but the first and the last one is pooling with one window. */
    private static void mean(Node node, Change change) {
        Optional<Quantized> x = operand(node, 0, change);
        Optional<long[]> axes = node.input(1).isPresent()
                ? node.input(1).flatMap(change.index()::constant).map(FuseQuantizedArithmetic::integers)
                : node.attributes().integers("axes");
        if (x.isEmpty() || axes.isEmpty()) {
            return;
        }
        TensorType type = change.types().type(x.get().bytes());
        int rank = type.hasRank() ? type.rank() : 0;
        boolean isSpatial = (rank == 3 || rank == 4)
                && IntStream.range(1, rank - 1).allMatch(axis -> contains(axes.get(), axis, rank))
                && axes.get().length == rank - 2;
        if (isSpatial) {
            Map<String, Attribute> attributes = new HashMap<>();
            attributes.put("keepdims", new Attribute.Int(node.attributes().integer("keepdims", 1)));
            average(node, new Attributes(attributes), change);
        }
    }

    private static boolean contains(long[] axes, int axis, int rank) {
        for (long each : axes) {
            if ((each < 0 ? each + rank : each) == axis) {
                return true;
            }
        }
        return false;
    }

    private static long[] integers(Tensor tensor) {
        return tensor.dataType() == DataType.INT64
                ? tensor.segment().toArray(ValueLayout.JAVA_LONG_UNALIGNED)
                : new long[0];
    }
}
