package dev.nereid.models.optimize;

import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
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

/**
 * Floats between DequantizeLinear and QuantizeLinear, as static quantisers write them by default, become bytes: convolutions
 * and products of dequantised operands that are quantised again are computed in integers. Before constants are folded, for
 * weights would be floats behind that.
 */
public final class FuseQuantized implements GraphPass {
    private static final int QUANTIZED_OPSET = 10;
    private static final int AXES_BY_INPUT = 13;
    private static final String MICROSOFT = "com.microsoft";

    private final Int8ConvolutionKernels kernels;
    private final SegmentAllocator memory;

    /**
     * The pass.
     *
     * @param kernels what convolutions of bytes will be run with
     * @param memory where new constants lie; must live until the plan is built
     */
    public FuseQuantized(Int8ConvolutionKernels kernels, SegmentAllocator memory) {
        this.kernels = kernels;
        this.memory = memory;
    }

    /** One application of the pass. */
    private record Change(
            GraphIndex index, QuantizedValues values, GraphRewrite rewrite, Map<Value, Tensor> initializers) {}

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(QuantizedValues::isDequantize)) {
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
                default -> {}
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
        Shape shape = weights(w, change).shape();
        long groups = conv.attributes().integer("group", 1);
        long filters = shape.dim(0);
        boolean depthwise = groups == filters && shape.rank() > 1 && shape.dim(1) == 1 && kernels.prefersDepthwise();
        if (groups != 1 && !depthwise) {
            // Sums of few numbers gain nothing from being integers: there are faster loops for floats.
            return List.of();
        }
        return inputs(conv, filters, x, w, y, change)
                .map(inputs -> List.of(new Node(
                        conv.name(),
                        "",
                        "QLinearConv",
                        QUANTIZED_OPSET,
                        inputs,
                        List.of(Optional.of(y.bytes())),
                        conv.attributes())))
                .orElse(List.of());
    }

    /**
     * Those of QLinearConv, and without addends of QLinearMatMul; empty where what the node adds cannot be in integers.
     *
     * @param outputs of the weights
     */
    private Optional<List<Optional<Value>>> inputs(
            Node node, long outputs, Quantized x, Quantized w, Quantized y, Change change) {
        List<Optional<Value>> inputs = new ArrayList<>();
        for (Quantized operand : List.of(x, w)) {
            inputs.add(Optional.of(operand.bytes()));
            inputs.add(Optional.of(operand.scale()));
            inputs.add(Optional.of(operand.zeroPoint()));
        }
        inputs.add(Optional.of(y.scale()));
        inputs.add(Optional.of(y.zeroPoint()));
        if (node.input(2).isEmpty()) {
            return Optional.of(inputs);
        }
        Optional<Tensor> addends = QuantizedAddends.of(node.input(2).get(), change.index(), change.values())
                .filter(found -> found.count() == outputs)
                .flatMap(found -> found.inSteps(x, w, change.values(), memory));
        return addends.map(tensor -> {
            Value made = new Value(node.output(0).orElseThrow().name() + " addends");
            change.initializers().put(made, tensor);
            inputs.add(Optional.of(made));
            return inputs;
        });
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
        String name = y.bytes().name();
        Value filters = new Value(name + " filters");
        Value image = new Value(name + " rows");
        Value result = new Value(name + " results");
        Value first = new Value(name + " first axis");
        Quantized read = new Quantized(image, x.scale(), x.zeroPoint());
        Quantized packed = new Quantized(filters, w.scale(), w.zeroPoint());
        Optional<List<Optional<Value>>> inputs = inputs(gemm, outputs, read, packed, y, change);
        if (inputs.isEmpty()) {
            return List.of();
        }
        MemorySegment zero = memory.allocate(Long.BYTES, Long.BYTES).fill((byte) 0);
        change.initializers().put(filters, filters(matrix, rows, outputs, sums));
        change.initializers().put(first, Tensor.of(DataType.INT64, Shape.of(1), zero));
        return List.of(
                axis("Unsqueeze", gemm, x.bytes(), first, image),
                new Node(
                        gemm.name(),
                        MICROSOFT,
                        "QLinearConv",
                        1,
                        inputs.get(),
                        List.of(Optional.of(result)),
                        new Attributes(Map.of("channels_last", new Attribute.Int(1)))),
                axis("Squeeze", gemm, result, first, y.bytes()));
    }

    /** An axis of one place in front, put there or taken away. */
    private static Node axis(String operator, Node gemm, Value from, Value axis, Value to) {
        return Node.of(gemm.name(), "", operator, AXES_BY_INPUT, List.of(from, axis), List.of(to), Attributes.NONE);
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

    private List<Node> product(Node matMul, Quantized x, Quantized w, Quantized y, Change change) {
        Shape shape = weights(w, change).shape();
        if (shape.rank() != 2) {
            return List.of();
        }
        return inputs(matMul, shape.dim(1), x, w, y, change)
                .map(inputs -> List.of(new Node(
                        matMul.name(),
                        "",
                        "QLinearMatMul",
                        QUANTIZED_OPSET,
                        inputs,
                        List.of(Optional.of(y.bytes())),
                        Attributes.NONE)))
                .orElse(List.of());
    }

    private static Tensor weights(Quantized w, Change change) {
        return change.index().constant(w.bytes()).orElseThrow();
    }
}
