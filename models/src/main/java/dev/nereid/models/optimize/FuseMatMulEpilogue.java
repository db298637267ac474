package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A product with a constant matrix takes the bias, the activation and the residual that follow into its loop. */
public final class FuseMatMulEpilogue implements GraphPass {
    private final OperatorSet operators;

    public FuseMatMulEpilogue(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        Map<Value, Tensor> initializers = new HashMap<>(graph.initializers());
        for (Node matMul : graph.nodes()) {
            if (GraphIndex.is(matMul, "MatMul") && isWeighted(matMul, index)) {
                match(matMul, index, types, rewrite, initializers);
            }
        }
        return rewrite.apply(initializers);
    }

    private static boolean isWeighted(Node matMul, GraphIndex index) {
        return matMul.input(1)
                .flatMap(index::constant)
                .filter(weights ->
                        weights.dataType() == DataType.FP32 && weights.shape().rank() == 2)
                .isPresent();
    }

    private void match(
            Node matMul, GraphIndex index, GraphTypes types, GraphRewrite rewrite, Map<Value, Tensor> initializers) {
        Value product = matMul.output(0).orElseThrow();
        Optional<Node> add = index.onlyConsumer(product, "Add");
        Optional<Value> bias = add.flatMap(node -> bias(node, product, index, types));
        EpilogueChain chain =
                EpilogueChain.after(bias.isPresent() ? add.orElseThrow() : matMul, index, types, operators);
        boolean alone = bias.isEmpty() && chain.nodes().size() == 1;
        if (alone || chain.nodes().stream().anyMatch(rewrite::touches)) {
            return;
        }
        List<Optional<Value>> inputs = new ArrayList<>(
                List.of(matMul.input(0), matMul.input(1), bias.map(value -> row(value, index, initializers))));
        chain.residual().ifPresent(residual -> inputs.add(Optional.of(residual)));
        chain.replace(
                rewrite,
                FusedOperators.node(
                        matMul,
                        "FusedMatMul",
                        inputs,
                        List.of(Optional.of(chain.output())),
                        new Attributes(chain.activation())));
    }

    /** The constant row that the node adds to {@code product}; may have axes of 1 in front. */
    private static Optional<Value> bias(Node add, Value product, GraphIndex index, GraphTypes types) {
        Value other = add.input(0).equals(Optional.of(product))
                ? add.input(1).orElseThrow()
                : add.input(0).orElseThrow();
        TensorType type = types.type(other);
        TensorType sum = types.type(product);
        boolean row = index.constant(other).isPresent()
                && type.rank() >= 1
                && sum.hasRank()
                && type.rank() <= sum.rank()
                && type.dims().orElseThrow().subList(0, type.rank() - 1).stream()
                        .allMatch(dim -> dim.is(1))
                && type.dim(-1).equals(sum.dim(-1))
                && !type.dim(-1).is(1);
        return row ? Optional.of(other) : Optional.empty();
    }

    /** A bias as the fused operator wants it: of rank 1. */
    private static Value row(Value bias, GraphIndex index, Map<Value, Tensor> initializers) {
        Tensor tensor = index.constant(bias).orElseThrow();
        if (tensor.shape().rank() == 1) {
            return bias;
        }
        Value row = new Value(bias.name() + " row");
        initializers.put(row, tensor.withShape(Shape.of(tensor.shape().dim(-1))));
        return row;
    }
}
