package dev.nereid.models.optimize;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.RowNorms.Centred;
import dev.nereid.models.optimize.RowNorms.Scaled;
import java.util.List;
import java.util.Optional;

/**
 * Layer normalisation spelled out, {@code (x - mean) / sqrt(var + epsilon) * scale + bias} over the last axis, becomes one
 * LayerNormalization node. TensorFlow writes it as {@code x * f + (bias - mean * f)} with {@code f = scale / sqrt(var +
 * epsilon)}.
 */
public final class FuseLayerNormalization implements GraphPass {
    private static final int LAYER_NORMALIZATION_OPSET = 17;

    private final OperatorSet operators;

    public FuseLayerNormalization(OperatorSet operators) {
        this.operators = operators;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(node -> GraphIndex.is(node, "ReduceMean"))) {
            return graph;
        }
        RowNorms norms = new RowNorms(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node add : graph.nodes()) {
            if (GraphIndex.is(add, "Add")) {
                biased(add, norms).or(() -> moved(add, norms)).ifPresent(node -> rewrite.replace(add, node));
            }
        }
        return rewrite.apply(norms.initializers());
    }

    /** Matches {@code normal * scale + bias}. */
    private static Optional<Node> biased(Node add, RowNorms norms) {
        for (int side = 0; side < 2; side++) {
            Value product = add.input(side).orElseThrow();
            Value bias = add.input(1 - side).orElseThrow();
            Optional<Scaled> scaled = norms.index().onlyConsumer(product).flatMap(_ -> norms.scaled(product));
            Optional<Centred> centred =
                    scaled.flatMap(found -> norms.centred(found.normal().numbers()));
            if (centred.isPresent() && norms.isPerChannel(bias, centred.get().numbers())) {
                return Optional.of(fused(add, centred.get(), scaled.get(), bias, norms));
            }
        }
        return Optional.empty();
    }

    /** Matches {@code x * f + (bias - mean * f)}. */
    private static Optional<Node> moved(Node add, RowNorms norms) {
        GraphIndex index = norms.index();
        for (int side = 0; side < 2; side++) {
            Optional<Node> product = index.producer(add, side, "Mul");
            Optional<Node> moving = index.producer(add, 1 - side, "Sub");
            Optional<Node> movedMean = moving.flatMap(node -> index.producer(node, 1, "Mul"));
            if (product.isEmpty() || movedMean.isEmpty()) {
                continue;
            }
            Value bias = moving.get().input(0).orElseThrow();
            for (int factor = 0; factor < 2; factor++) {
                Value x = product.get().input(1 - factor).orElseThrow();
                Value by = product.get().input(factor).orElseThrow();
                Optional<Scaled> scaled = norms.factor(by);
                Optional<Centred> centred = scaled.flatMap(
                                found -> norms.centred(found.normal().numbers()))
                        .filter(found -> found.numbers().equals(x)
                                && isProduct(movedMean.get(), found.mean(), by)
                                && norms.isPerChannel(bias, x));
                if (centred.isPresent()) {
                    return Optional.of(fused(add, centred.get(), scaled.get(), bias, norms));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isProduct(Node node, Value one, Value other) {
        List<Optional<Value>> inputs = node.inputs();
        return inputs.equals(List.of(Optional.of(one), Optional.of(other)))
                || inputs.equals(List.of(Optional.of(other), Optional.of(one)));
    }

    private static Node fused(Node add, Centred centred, Scaled scaled, Value bias, RowNorms norms) {
        return Node.of(
                add.name(),
                "",
                "LayerNormalization",
                LAYER_NORMALIZATION_OPSET,
                List.of(centred.numbers(), norms.vector(scaled.scale()), norms.vector(bias)),
                List.of(add.output(0).orElseThrow()),
                scaled.normal().attributes());
    }
}
