package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rows quantised as they come, multiplied with constant int8 matrices and scaled back to floats (DynamicQuantizeLinear,
 * then for each matrix MatMulInteger, Cast, Mul by the product of the scales, and perhaps Add of a bias) become one
 * DynamicQuantizedMatMul. Nothing changes where the quantised rows or their scale have another use.
 */
public final class FuseDynamicQuantizedMatMul implements GraphPass {
    /** What the attribute {@code to} of a Cast to FP32 holds. */
    private static final long FLOAT_NUMBER = 1;

    /** One product: its constants, and the node that made the floats before. */
    private record Product(Value matrix, Value scale, Optional<Value> zeroPoint, Optional<Value> bias, Node last) {}

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node quantize : graph.nodes()) {
            if (GraphIndex.is(quantize, "DynamicQuantizeLinear")) {
                match(quantize, index, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static void match(Node quantize, GraphIndex index, GraphRewrite rewrite) {
        Optional<Value> rows = quantize.output(0);
        Optional<Value> scale = quantize.output(1);
        Optional<Value> zeroPoint = quantize.output(2);
        if (rows.isEmpty() || scale.isEmpty() || zeroPoint.isEmpty()) {
            return;
        }
        List<Product> products = new ArrayList<>();
        for (Node reader : index.consumers(rows.get())) {
            Optional<Product> product = product(reader, quantize, index);
            if (product.isEmpty()) {
                return;
            }
            products.add(product.get());
        }
        boolean otherUse = index.isOutput(rows.get())
                || index.isOutput(scale.get())
                || index.isOutput(zeroPoint.get())
                || index.consumers(scale.get()).size() != products.size()
                || index.consumers(zeroPoint.get()).size() != products.size();
        if (products.isEmpty() || otherUse) {
            return;
        }
        products.forEach(product -> rewrite.drop(product.last()));
        rewrite.replace(quantize, fused(quantize, products));
    }

    private static Node fused(Node quantize, List<Product> products) {
        List<Optional<Value>> inputs = new ArrayList<>();
        List<Optional<Value>> outputs = new ArrayList<>();
        inputs.add(quantize.input(0));
        for (Product product : products) {
            inputs.add(Optional.of(product.matrix()));
            inputs.add(Optional.of(product.scale()));
            inputs.add(product.zeroPoint());
            inputs.add(product.bias());
            outputs.add(product.last().output(0));
        }
        return FusedOperators.node(quantize, "DynamicQuantizedMatMul", inputs, outputs, Attributes.NONE);
    }

    private static Optional<Product> product(Node multiply, Node quantize, GraphIndex index) {
        boolean ours = GraphIndex.is(multiply, "MatMulInteger")
                && multiply.input(0).equals(quantize.output(0))
                && multiply.input(2).equals(quantize.output(2));
        Optional<Value> matrix = multiply.input(1).filter(value -> isMatrix(value, index));
        if (!ours || matrix.isEmpty()) {
            return Optional.empty();
        }
        Shape shape = index.constant(matrix.get()).orElseThrow().shape();
        Optional<Value> zeroPoint = multiply.input(3);
        if (zeroPoint.isPresent() && !isRow(zeroPoint.get(), shape.dim(1), index)) {
            return Optional.empty();
        }
        Optional<Node> scaled = index.onlyConsumer(multiply.output(0).orElseThrow(), "Cast")
                .filter(cast -> cast.attributes().integer("to", 0) == FLOAT_NUMBER)
                .flatMap(cast -> index.onlyConsumer(cast.output(0).orElseThrow(), "Mul"));
        Optional<Value> scale = scaled.flatMap(mul -> matrixScale(mul, quantize, shape.dim(1), index));
        if (scale.isEmpty()) {
            return Optional.empty();
        }
        Node last = scaled.get();
        Optional<Node> add = index.onlyConsumer(last.output(0).orElseThrow(), "Add");
        Optional<Value> bias = add.flatMap(
                        node -> other(node, scaled.get().output(0).orElseThrow()))
                .filter(value -> index.isRow(value, shape.dim(1)));
        if (bias.isPresent()) {
            last = add.get();
        }
        return Optional.of(new Product(matrix.get(), scale.get(), zeroPoint, bias, last));
    }

    /** The matrix's scale in {@code Mul(sums, Mul(rows' scale, matrix's scale))}. */
    private static Optional<Value> matrixScale(Node mul, Node quantize, long columns, GraphIndex index) {
        for (int side = 0; side < 2; side++) {
            Optional<Node> scales = index.producer(mul, side, "Mul")
                    .filter(node ->
                            index.onlyConsumer(node.output(0).orElseThrow()).isPresent());
            Optional<Value> scale = scales.flatMap(
                            node -> other(node, quantize.output(1).orElseThrow()))
                    .filter(value -> isFloat(value, index) && isRow(value, columns, index));
            if (scale.isPresent()) {
                return scale;
            }
        }
        return Optional.empty();
    }

    /** The other input of a binary node that reads {@code value}. */
    private static Optional<Value> other(Node node, Value value) {
        if (node.input(0).equals(Optional.of(value))) {
            return node.input(1);
        }
        return node.input(1).equals(Optional.of(value)) ? node.input(0) : Optional.empty();
    }

    private static boolean isMatrix(Value value, GraphIndex index) {
        return index.constant(value)
                .filter(tensor -> tensor.shape().rank() == 2)
                .isPresent();
    }

    /** A constant with one element, or one for each column. */
    private static boolean isRow(Value value, long columns, GraphIndex index) {
        Optional<Tensor> tensor = index.constant(value);
        return tensor.isPresent()
                && tensor.get().shape().rank() <= 1
                && (tensor.get().shape().elements() == 1 || tensor.get().shape().elements() == columns);
    }

    private static boolean isFloat(Value value, GraphIndex index) {
        return index.constant(value)
                .filter(tensor -> tensor.dataType() == DataType.FP32)
                .isPresent();
    }
}
