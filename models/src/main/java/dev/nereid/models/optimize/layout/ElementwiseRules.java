package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Operators that work on each place by itself. */
final class ElementwiseRules {
    /** Since when operators broadcast as NumPy does. */
    private static final int NUMPY_BROADCASTING = 7;

    private ElementwiseRules() {}

    /** One tensor; further inputs are scalars. */
    static boolean unary(Node node, LayoutRewrite rewrite) {
        if (!rewrite.isLast(node, 0)) {
            return false;
        }
        List<Optional<Value>> inputs = rewrite.firstToLast(node);
        rewrite.addLast(node, inputs, node.attributes().map());
        return true;
    }

    static boolean broadcasting(Node node, LayoutRewrite rewrite) {
        int rank = node.inputs().stream()
                .flatMap(Optional::stream)
                .filter(rewrite::isLast)
                .mapToInt(rewrite::rank)
                .max()
                .orElse(-1);
        if (rank < 0 || node.opset() < NUMPY_BROADCASTING) {
            return false;
        }
        for (Optional<Value> input : node.inputs()) {
            if (input.isPresent() && !suits(input.get(), rank, rewrite)) {
                return false;
            }
        }
        List<Optional<Value>> inputs = new ArrayList<>();
        for (Optional<Value> input : node.inputs()) {
            inputs.add(input.map(value -> moved(value, rank, rewrite)));
        }
        rewrite.addLast(node, inputs, node.attributes().map());
        return true;
    }

    private static boolean suits(Value value, int rank, LayoutRewrite rewrite) {
        Optional<Tensor> constant = rewrite.constant(value);
        return constant.isPresent()
                ? LayoutConstants.canMove(constant.get(), rank)
                : rewrite.rank(value) == rank || rewrite.rank(value) == 0;
    }

    private static Value moved(Value value, int rank, LayoutRewrite rewrite) {
        Optional<Tensor> constant = rewrite.constant(value);
        if (constant.isPresent() && constant.get().shape().elements() != 1) {
            return rewrite.constant(
                    value.name() + " channels last", LayoutConstants.toLast(constant.get(), rank, rewrite.memory()));
        }
        return rewrite.rank(value) == rank ? rewrite.toLast(value) : value;
    }
}
