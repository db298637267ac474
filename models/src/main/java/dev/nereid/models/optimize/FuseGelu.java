package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code x * 0.5 * (1 + erf(x / sqrt(2)))}, in whichever order it is multiplied, becomes one Gelu node; and so does its
 * approximation {@code x * 0.5 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x * x * x)))}.
 */
public final class FuseGelu implements GraphPass {
    private static final int GELU_OPSET = 20;
    private static final float SQRT_2 = (float) Math.sqrt(2);
    private static final float SQRT_2_OVER_PI = (float) Math.sqrt(2 / Math.PI);
    private static final float CUBIC = 0.044715f;

    /** Constants may have been numbers of 16 bits, BF16 at the least. */
    private static final float TOLERANCE = 0x1p-9f;

    /** Products inside each other that four factors, the cubic's, make up at most. */
    private static final int DEEPEST = 3;

    private static final Attributes APPROXIMATE = new Attributes(Map.of("approximate", new Attribute.Text("tanh")));

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            if (GraphIndex.is(node, "Erf")) {
                match(node, scaledBy(node.input(0).orElseThrow(), index), Attributes.NONE, index, rewrite);
            } else if (GraphIndex.is(node, "Tanh")) {
                match(node, cubicIn(node.input(0).orElseThrow(), index), APPROXIMATE, index, rewrite);
            }
        }
        return rewrite.apply();
    }

    private static void match(
            Node erf, Optional<Value> input, Attributes attributes, GraphIndex index, GraphRewrite rewrite) {
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
                    .ifPresent(half -> rewrite.replace(half, gelu(half, input.get(), attributes)));
        } else if (isScalar(first, 0.5f, index)) {
            // (1 + erf) * 0.5 * x
            index.onlyConsumer(first.output(0).orElseThrow(), "Mul")
                    .filter(last -> last.inputs().contains(input))
                    .ifPresent(last -> rewrite.replace(last, gelu(last, input.get(), attributes)));
        } else {
            // (x * 0.5) * (1 + erf)
            index.producer(other, "Mul")
                    .filter(half -> isScalar(half, 0.5f, index) && half.inputs().contains(input))
                    .ifPresent(_ -> rewrite.replace(first, gelu(first, input.get(), attributes)));
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

    /** The x of {@code sqrt(2 / pi) * (x + 0.044715 * x * x * x)}. */
    private static Optional<Value> cubicIn(Value value, GraphIndex index) {
        Optional<Node> sum = index.producer(value, "Mul")
                .flatMap(index::scalarOperand)
                .filter(operand -> near(operand.scalar(), SQRT_2_OVER_PI))
                .flatMap(operand -> index.producer(operand.other(), "Add"));
        for (int i = 0; sum.isPresent() && i < 2; i++) {
            Value x = sum.get().input(i).orElseThrow();
            Factors factors = new Factors(x, index);
            factors.add(sum.get().input(1 - i).orElseThrow(), DEEPEST);
            if (factors.powers == 3 && near(factors.scalar, CUBIC)) {
                return Optional.of(x);
            }
        }
        return Optional.empty();
    }

    /** What a product is made of: a scalar and a power of one value. */
    private static final class Factors {
        private final Value x;
        private final GraphIndex index;
        private float scalar = 1;
        /** How often x is a factor; below zero where something else is. */
        private int powers;

        Factors(Value x, GraphIndex index) {
            this.x = x;
            this.index = index;
        }

        /** @param deepest products inside products that are looked into: any number would let a file take for ever */
        void add(Value factor, int deepest) {
            Optional<Float> number = index.scalar(factor);
            Optional<Node> product = index.producer(factor, "Mul");
            Optional<Node> power = index.producer(factor, "Pow")
                    .filter(pow -> pow.input(0).equals(Optional.of(x))
                            && pow.input(1).flatMap(index::scalar).equals(Optional.of(3f)));
            if (factor.equals(x)) {
                powers++;
            } else if (number.isPresent()) {
                scalar *= number.get();
            } else if (power.isPresent()) {
                powers += 3;
            } else if (product.isPresent() && deepest > 0) {
                add(product.get().input(0).orElseThrow(), deepest - 1);
                add(product.get().input(1).orElseThrow(), deepest - 1);
            } else {
                powers = Integer.MIN_VALUE;
            }
        }
    }

    private static boolean isScalar(Node node, float scalar, GraphIndex index) {
        return index.scalarOperand(node)
                .filter(operand -> near(operand.scalar(), scalar))
                .isPresent();
    }

    private static boolean near(float actual, float expected) {
        return Math.abs(actual - expected) <= TOLERANCE * expected;
    }

    private static Node gelu(Node last, Value input, Attributes attributes) {
        return Node.of(
                last.name(),
                "",
                "Gelu",
                GELU_OPSET,
                List.of(input),
                List.of(last.output(0).orElseThrow()),
                attributes);
    }
}
