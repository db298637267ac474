package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.Optional;

/** {@code x * 0.5 * (1 + erf(x / sqrt(2)))}, in whichever order it is multiplied, becomes one Gelu node. */
public final class FuseGelu implements GraphPass {
    private static final int GELU_OPSET = 20;
    private static final float SQRT_2 = (float) Math.sqrt(2);
    private static final float TOLERANCE = 1e-5f;

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node erf : graph.nodes()) {
            if (GraphIndex.is(erf, "Erf")) {
                match(erf, index, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static void match(Node erf, GraphIndex index, GraphRewrite rewrite) {
        Optional<Value> input = scaledBy(erf.input(0).orElseThrow(), index);
        Optional<Node> plusOne =
                index.onlyConsumer(erf.output(0).orElseThrow(), "Add").filter(add -> isScalar(add, 1f, index));
        Optional<Node> product =
                plusOne.flatMap(add -> index.onlyConsumer(add.output(0).orElseThrow(), "Mul"));
        if (input.isEmpty() || product.isEmpty()) {
            return;
        }
        Value sum = plusOne.get().output(0).orElseThrow();
        Node first = product.get();
        Value other = first.input(0).equals(Optional.of(sum))
                ? first.input(1).orElseThrow()
                : first.input(0).orElseThrow();
        if (other == input.get()) {
            // x * (1 + erf) * 0.5
            index.onlyConsumer(first.output(0).orElseThrow(), "Mul")
                    .filter(half -> isScalar(half, 0.5f, index))
                    .ifPresent(half -> rewrite.replace(half, gelu(half, input.get())));
        } else if (isScalar(first, 0.5f, index)) {
            // (1 + erf) * 0.5 * x
            index.onlyConsumer(first.output(0).orElseThrow(), "Mul")
                    .filter(last -> last.inputs().contains(input))
                    .ifPresent(last -> rewrite.replace(last, gelu(last, input.get())));
        } else {
            // (x * 0.5) * (1 + erf)
            index.producer(other, "Mul")
                    .filter(half -> isScalar(half, 0.5f, index) && half.inputs().contains(input))
                    .ifPresent(_ -> rewrite.replace(first, gelu(first, input.get())));
        }
    }

    /** The x of {@code x / sqrt(2)} or {@code x * sqrt(1/2)}. */
    private static Optional<Value> scaledBy(Value value, GraphIndex index) {
        Optional<Node> node = index.producer(value);
        if (node.isEmpty()) {
            return Optional.empty();
        }
        if (GraphIndex.is(node.get(), "Div")) {
            return index.scalar(node.get().input(1).orElseThrow())
                    .filter(scalar -> near(scalar, SQRT_2))
                    .flatMap(_ -> node.get().input(0));
        }
        return GraphIndex.is(node.get(), "Mul")
                ? index.scalarOperand(node.get())
                        .filter(operand -> near(operand.scalar(), 1 / SQRT_2))
                        .map(GraphIndex.ScalarOperand::other)
                : Optional.empty();
    }

    private static boolean isScalar(Node node, float scalar, GraphIndex index) {
        return index.scalarOperand(node)
                .filter(operand -> near(operand.scalar(), scalar))
                .isPresent();
    }

    private static boolean near(float actual, float expected) {
        return Math.abs(actual - expected) <= TOLERANCE * expected;
    }

    private static Node gelu(Node last, Value input) {
        return Node.of(
                last.name(),
                "",
                "Gelu",
                GELU_OPSET,
                List.of(input),
                List.of(last.output(0).orElseThrow()),
                Attributes.NONE);
    }
}
