package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import java.util.List;
import java.util.Optional;

/**
 * A number times its gate becomes one node: {@code x * sigmoid(x)} is Swish, and {@code x * clip(x + 3, 0, 6) / 6}, divided
 * before or after the product, or {@code x * hardsigmoid(x)} with that slope, is HardSwish.
 */
public final class FuseSwish implements GraphPass {
    private static final int SWISH_OPSET = 24;
    private static final int HARD_SWISH_OPSET = 14;
    private static final int CLIP_BY_INPUTS = 11;
    private static final float TOLERANCE = 1e-5f;

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node product : graph.nodes()) {
            if (GraphIndex.is(product, "Mul")) {
                for (int i = 0; i < 2; i++) {
                    match(
                            product,
                            product.input(i).orElseThrow(),
                            product.input(1 - i).orElseThrow(),
                            index,
                            rewrite);
                }
            }
        }
        return rewrite.apply();
    }

    private static void match(Node product, Value x, Value gate, GraphIndex index, GraphRewrite rewrite) {
        Optional<Node> maker = index.producer(gate);
        if (maker.isEmpty() || rewrite.touches(product)) {
            return;
        }
        Node node = maker.get();
        if (GraphIndex.is(node, "Sigmoid") && reads(node, x)) {
            rewrite.replace(product, one(product, "Swish", SWISH_OPSET, x));
        } else if (isHardSigmoid(node) && reads(node, x)) {
            rewrite.replace(product, one(product, "HardSwish", HARD_SWISH_OPSET, x));
        } else if (isSixth(node, index) && isShiftedClip(divided(node, index), x, index)) {
            rewrite.replace(product, one(product, "HardSwish", HARD_SWISH_OPSET, x));
        } else if (isShiftedClip(gate, x, index)) {
            index.onlyConsumer(product.output(0).orElseThrow())
                    .filter(last -> isSixth(last, index) && !rewrite.touches(last))
                    .ifPresent(last -> rewrite.replace(last, one(last, "HardSwish", HARD_SWISH_OPSET, x)));
        }
    }

    private static boolean reads(Node node, Value x) {
        return node.input(0).equals(Optional.of(x));
    }

    private static boolean isHardSigmoid(Node node) {
        return GraphIndex.is(node, "HardSigmoid")
                && near(node.attributes().real("alpha", 0.2f), 1 / 6f)
                && near(node.attributes().real("beta", 0.5f), 0.5f);
    }

    /** Whether a node divides by 6 or multiplies with a sixth. */
    private static boolean isSixth(Node node, GraphIndex index) {
        if (GraphIndex.is(node, "Div")) {
            return node.input(1).flatMap(index::scalar).filter(s -> near(s, 6)).isPresent();
        }
        return GraphIndex.is(node, "Mul")
                && index.scalarOperand(node)
                        .filter(o -> near(o.scalar(), 1 / 6f))
                        .isPresent();
    }

    private static Value divided(Node sixth, GraphIndex index) {
        return GraphIndex.is(sixth, "Div")
                ? sixth.input(0).orElseThrow()
                : index.scalarOperand(sixth).orElseThrow().other();
    }

    /** Whether the value is {@code clip(x + 3, 0, 6)}. */
    private static boolean isShiftedClip(Value value, Value x, GraphIndex index) {
        return index.producer(value, "Clip")
                .filter(clip -> bound(clip, 1, "min", index).filter(v -> v == 0).isPresent()
                        && bound(clip, 2, "max", index).filter(v -> v == 6).isPresent())
                .flatMap(clip -> index.producer(clip, 0, "Add"))
                .flatMap(index::scalarOperand)
                .filter(operand -> operand.scalar() == 3 && operand.other() == x)
                .isPresent();
    }

    private static Optional<Float> bound(Node clip, int input, String attribute, GraphIndex index) {
        return clip.opset() < CLIP_BY_INPUTS
                ? clip.attributes().real(attribute)
                : clip.input(input).flatMap(index::scalar);
    }

    private static boolean near(float actual, float expected) {
        return Math.abs(actual - expected) <= TOLERANCE * expected;
    }

    private static Node one(Node last, String operator, int opset, Value x) {
        return Node.of(
                last.name(),
                "",
                operator,
                opset,
                List.of(x),
                List.of(last.output(0).orElseThrow()),
                Attributes.NONE);
    }
}
