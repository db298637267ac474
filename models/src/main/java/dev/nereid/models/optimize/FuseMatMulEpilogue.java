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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A product with a constant matrix takes the bias that is added to it and the activation that follows into its loop. */
public final class FuseMatMulEpilogue implements GraphPass {
    /** Operators of one input that a FusedMatMul applies to its result, and what it calls them. */
    private static final Map<String, String> ACTIVATIONS =
            Map.of("Relu", "relu", "Gelu", "gelu", "Tanh", "tanh", "Sigmoid", "sigmoid");

    private final OperatorSet operators;

    public FuseMatMulEpilogue(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node matMul : graph.nodes()) {
            if (GraphIndex.is(matMul, "MatMul") && isWeighted(matMul, index)) {
                match(matMul, index, types, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static boolean isWeighted(Node matMul, GraphIndex index) {
        return matMul.input(1)
                .flatMap(index::constant)
                .filter(weights -> weights.dataType() == DataType.FP32 && weights.shape().rank() == 2)
                .isPresent();
    }

    private static void match(Node matMul, GraphIndex index, GraphTypes types, GraphRewrite rewrite) {
        Value product = matMul.output(0).orElseThrow();
        Optional<Node> add = index.onlyConsumer(product, "Add");
        Optional<Value> bias = add.flatMap(node -> bias(node, product, index, types));
        if (bias.isEmpty()) {
            return;
        }
        Node last = add.get();
        String activation = "none";
        Optional<Node> next = index.onlyConsumer(last.output(0).orElseThrow());
        if (next.isPresent() && isActivation(next.get())) {
            activation = ACTIVATIONS.get(next.get().operator());
            rewrite.drop(last);
            last = next.get();
        }
        rewrite.replace(
                last,
                Node.of(
                        matMul.name(),
                        FusedOperators.DOMAIN,
                        "FusedMatMul",
                        FusedOperators.VERSION,
                        List.of(matMul.input(0).orElseThrow(), matMul.input(1).orElseThrow(), bias.get()),
                        List.of(last.output(0).orElseThrow()),
                        new Attributes(Map.of("activation", new Attribute.Text(activation)))));
    }

    private static boolean isActivation(Node node) {
        return node.domain().isEmpty()
                && ACTIVATIONS.containsKey(node.operator())
                && node.attributes().text("approximate", "none").equals("none");
    }

    /** The constant row that the node adds to {@code product}. */
    private static Optional<Value> bias(Node add, Value product, GraphIndex index, GraphTypes types) {
        Value other = add.input(0).equals(Optional.of(product))
                ? add.input(1).orElseThrow()
                : add.input(0).orElseThrow();
        TensorType type = types.type(other);
        boolean row = index.constant(other).isPresent()
                && type.rank() == 1
                && type.dim(0).equals(types.type(product).dim(-1))
                && !type.dim(0).is(1);
        return row ? Optional.of(other) : Optional.empty();
    }
}
