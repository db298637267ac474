package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
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

/** A Gemm that only multiplies with constant weights and adds a constant row becomes MatMul and Add, which passes know. */
final class GemmToMatMul implements GraphPass {
    /** An opset of which MatMul and Add are as they are today. */
    private static final int OPSET = 13;

    private static final int COLUMNS_TOGETHER = 32;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final SegmentAllocator memory;

    /** @param memory where transposed weights lie; must live until the plan is built */
    GemmToMatMul(SegmentAllocator memory) {
        this.memory = memory;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node gemm : graph.nodes()) {
            if (isPlain(gemm) && gemm.output(0).isPresent()) {
                matrix(gemm, index).ifPresent(b -> rewrite(gemm, b, index, rewrite, initializers));
            }
        }
        return rewrite.apply(initializers);
    }

    private static boolean isPlain(Node node) {
        return GraphIndex.is(node, "Gemm")
                && node.attributes().real("alpha", 1f) == 1f
                && node.attributes().real("beta", 1f) == 1f
                && node.attributes().integer("transA", 0) == 0;
    }

    private static Optional<Tensor> matrix(Node gemm, GraphIndex index) {
        return gemm.input(1)
                .flatMap(index::constant)
                .filter(b -> b.dataType() == DataType.FP32 && b.shape().rank() == 2);
    }

    private void rewrite(Node gemm, Tensor b, GraphIndex index, GraphRewrite rewrite, Map<Value, Tensor> initializers) {
        boolean transposed = gemm.attributes().integer("transB", 0) != 0;
        long columns = b.shape().dim(transposed ? 0 : 1);
        Optional<Value> row = gemm.input(2);
        if (row.isPresent() && !isRow(row.get(), columns, index)) {
            return;
        }
        Value weights = gemm.input(1).orElseThrow();
        if (transposed) {
            weights = new Value(gemm.output(0).orElseThrow().name() + " weights");
            initializers.put(weights, transposed(b));
        }
        Value x = gemm.input(0).orElseThrow();
        Value y = gemm.output(0).orElseThrow();
        if (row.isEmpty()) {
            rewrite.replace(gemm, node(gemm.name(), "MatMul", x, weights, y));
            return;
        }
        Value product = new Value(y.name() + " product");
        rewrite.replace(
                gemm,
                node(gemm.name(), "MatMul", x, weights, product),
                node(gemm.name() + " bias", "Add", product, row.get(), y));
    }

    /** Whether a value is a constant number for each of several columns; may have an axis of 1 in front. */
    private static boolean isRow(Value value, long columns, GraphIndex index) {
        return columns > 1
                && index.constant(value)
                        .filter(tensor -> tensor.dataType() == DataType.FP32
                                && tensor.shape().rank() >= 1
                                && tensor.shape().dim(-1) == columns
                                && tensor.shape().elements() == columns)
                        .isPresent();
    }

    private static Node node(String name, String operator, Value left, Value right, Value output) {
        return Node.of(name, "", operator, OPSET, List.of(left, right), List.of(output), Attributes.NONE);
    }

    /** Some columns after the other, by arrays: a model is loaded before anything is compiled. */
    private Tensor transposed(Tensor b) {
        int rows = Math.toIntExact(b.shape().dim(0));
        int columns = Math.toIntExact(b.shape().dim(1));
        MemorySegment segment = memory.allocate(Math.max(1, b.byteSize()), 64);
        float[] part = new float[Math.min(COLUMNS_TOGETHER, columns)];
        float[] turned = new float[Math.multiplyExact(part.length, rows)];
        for (int first = 0; first < columns; first += part.length) {
            int count = Math.min(part.length, columns - first);
            for (int row = 0; row < rows; row++) {
                long from = ((long) row * columns + first) * Float.BYTES;
                MemorySegment.copy(b.segment(), FLOAT, from, part, 0, count);
                for (int column = 0; column < count; column++) {
                    turned[column * rows + row] = part[column];
                }
            }
            MemorySegment.copy(turned, 0, segment, FLOAT, (long) first * rows * Float.BYTES, count * rows);
        }
        return Tensor.of(DataType.FP32, Shape.of(columns, rows), segment);
    }
}
