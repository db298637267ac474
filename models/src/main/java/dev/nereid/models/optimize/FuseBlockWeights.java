package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A product (MatMul, Gemm) with constant weights of four or eight bits that DequantizeLinear makes floats of block by block becomes
 * com.microsoft.MatMulNBits, whose weights stay as they are. As ONNX Runtime has it, its left side may be rounded to bytes.
 */
final class FuseBlockWeights implements GraphPass {
    private static final String DOMAIN = "com.microsoft";

    /** Bytes have the accuracy that goes with weights of no more bits. */
    private static final int ACCURACY_LEVEL = 4;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    /** The permutation that transposes a matrix, and that of a Transpose that names none. */
    private static final long[] REVERSED = {1, 0};

    private final SegmentAllocator memory;

    /** @param memory where packed weights lie; must live until the plan is built */
    FuseBlockWeights(SegmentAllocator memory) {
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            if (node.input(0).isPresent() && node.output(0).isPresent()) {
                weights(node, index).ifPresent(weights -> rewrite(node, weights, index, rewrite, initializers));
            }
        }
        return rewrite.apply(initializers);
    }

    private static Optional<BlockWeights> weights(Node node, GraphIndex index) {
        if (GraphIndex.is(node, "Gemm")) {
            boolean plain = node.attributes().real("alpha", 1f) == 1f
                    && node.attributes().real("beta", 1f) == 1f
                    && node.attributes().integer("transA", 0) == 0;
            boolean transposed = node.attributes().integer("transB", 0) != 0;
            return plain
                    ? index.producer(node, 1, "DequantizeLinear")
                            .flatMap(dequantize -> BlockWeights.of(dequantize, transposed, index))
                    : Optional.empty();
        }
        if (!GraphIndex.is(node, "MatMul")) {
            return Optional.empty();
        }
        Optional<Node> dequantize = index.producer(node, 1, "DequantizeLinear");
        if (dequantize.isPresent()) {
            return BlockWeights.of(dequantize.get(), false, index);
        }
        return index.producer(node, 1, "Transpose")
                .filter(transpose ->
                        Arrays.equals(transpose.attributes().integers("perm").orElse(REVERSED), REVERSED))
                .flatMap(transpose -> index.producer(transpose, 0, "DequantizeLinear"))
                .flatMap(found -> BlockWeights.of(found, true, index));
    }

    private void rewrite(
            Node product,
            BlockWeights weights,
            GraphIndex index,
            GraphRewrite rewrite,
            Map<Value, Tensor> initializers) {
        Optional<Value> bias = product.input(2);
        if (bias.isPresent() && !index.isRow(bias.get(), weights.n())) {
            return;
        }
        Value y = product.output(0).orElseThrow();
        Node last = product;
        if (bias.isEmpty()) {
            Optional<Node> add = index.onlyConsumer(y, "Add");
            bias = add.flatMap(node -> node.input(node.input(0).equals(Optional.of(y)) ? 1 : 0))
                    .filter(row -> index.isRow(row, weights.n()));
            if (bias.isPresent()) {
                last = add.orElseThrow();
                rewrite.drop(product);
            }
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(product.input(0));
        inputs.add(Optional.of(initializer(y, "weights", numbers(weights), initializers)));
        inputs.add(Optional.of(initializer(y, "scales", scales(weights), initializers)));
        inputs.add(
                weights.isCentred()
                        ? Optional.empty()
                        : Optional.of(initializer(y, "zero points", zeroPoints(weights), initializers)));
        inputs.add(Optional.empty());
        inputs.add(bias);
        Attributes attributes = new Attributes(Map.of(
                "K", new Attribute.Int(weights.k()),
                "N", new Attribute.Int(weights.n()),
                "bits", new Attribute.Int(weights.bits()),
                "block_size", new Attribute.Int(weights.block()),
                "accuracy_level", new Attribute.Int(ACCURACY_LEVEL)));
        rewrite.replace(
                last, new Node(product.name(), DOMAIN, "MatMulNBits", 1, inputs, List.of(last.output(0)), attributes));
    }

    private static Value initializer(Value y, String what, Tensor tensor, Map<Value, Tensor> initializers) {
        Value value = new Value(y.name() + " " + what);
        initializers.put(value, tensor);
        return value;
    }

    /** [n, blocks, block * bits / 8], the first of two numbers in the lower half of a byte. */
    private Tensor numbers(BlockWeights weights) {
        int depth = weights.blocks() * weights.block();
        Tensor packed =
                bytes(Shape.of(weights.n(), weights.blocks(), (long) weights.block() * weights.bits() / Byte.SIZE));
        for (int column = 0; column < weights.n(); column++) {
            for (int row = 0; row < weights.k(); row++) {
                add(packed, weights.bits(), (long) column * depth + row, weights.number(row, column));
            }
        }
        return packed;
    }

    /** [n, blocks]. */
    private Tensor scales(BlockWeights weights) {
        Shape shape = Shape.of(weights.n(), weights.blocks());
        MemorySegment segment = memory.allocate(Float.BYTES * shape.elements(), 64);
        for (int column = 0; column < weights.n(); column++) {
            for (int block = 0; block < weights.blocks(); block++) {
                segment.set(
                        FLOAT, Float.BYTES * ((long) column * weights.blocks() + block), weights.scale(block, column));
            }
        }
        return Tensor.of(DataType.FP32, shape, segment);
    }

    /** [n, blocks * bits / 8], each column's beginning at a byte. */
    private Tensor zeroPoints(BlockWeights weights) {
        int bits = weights.bits();
        int bytes = Math.ceilDiv(weights.blocks() * bits, Byte.SIZE);
        Tensor packed = bytes(Shape.of(weights.n(), bytes));
        for (int column = 0; column < weights.n(); column++) {
            for (int block = 0; block < weights.blocks(); block++) {
                add(packed, bits, (long) column * bytes * Byte.SIZE / bits + block, weights.zeroPoint(block, column));
            }
        }
        return packed;
    }

    private Tensor bytes(Shape shape) {
        return Tensor.of(
                DataType.UINT8, shape, memory.allocate(shape.elements(), 64).fill((byte) 0));
    }

    private static void add(Tensor packed, int bits, long index, int number) {
        long at = index * bits / Byte.SIZE;
        int before = packed.segment().get(BYTE, at);
        packed.segment().set(BYTE, at, (byte) (before | number << (int) (index * bits % Byte.SIZE)));
    }
}
