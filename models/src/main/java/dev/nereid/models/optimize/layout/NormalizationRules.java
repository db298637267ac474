package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.FusedOperators;
import java.util.List;
import java.util.Optional;

/** Operators that bring what a convolution made to a mean and a variance. */
final class NormalizationRules {
    private NormalizationRules() {}

    static boolean instances(Node node, LayoutRewrite rewrite) {
        boolean floats = node.inputs().stream()
                .allMatch(input -> input.filter(rewrite::isFloat).isPresent());
        if (!rewrite.isLast(node, 0) || !floats) {
            return false;
        }
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        Node last = FusedOperators.node(
                node, "ChannelsLastInstanceNormalization", List.of(), node.outputs(), node.attributes());
        rewrite.addLast(last, inputs, node.attributes().map());
        return true;
    }
}
