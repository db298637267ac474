package dev.nereid.models.optimize.layout;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.optimize.GraphIndex;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The depthwise convolutions with nothing behind them, up to the outputs of the graph, but others of the kind. Their kernels
 * are as fast with the channels first, so that a transposition in front of or behind them gains nothing.
 */
final class DepthwiseEnds {
    /** Cells of an output row below which vectors along a row are mostly empty. */
    private static final int FEWEST_CELLS = 8;

    private DepthwiseEnds() {}

    static Set<Node> of(Graph graph, GraphTypes types) {
        GraphIndex index = new GraphIndex(graph);
        Set<Node> found = new HashSet<>();
        for (Node node : graph.nodes().reversed()) {
            if (ConvolutionRules.isConvolution(node)
                    && isDepthwise(node, index)
                    && hasLongRows(node.output(0).orElseThrow(), types)
                    && found.containsAll(index.consumers(node.output(0).orElseThrow()))) {
                found.add(node);
            }
        }
        return found;
    }

    /** Whether each filter reads a channel of its own, of images, in one of the ways that there are fast kernels for. */
    private static boolean isDepthwise(Node node, GraphIndex index) {
        Optional<Shape> filters = node.input(1)
                .flatMap(index::constant)
                .filter(w -> w.dataType() == DataType.FP32 && w.shape().rank() == 4)
                .map(Tensor::shape);
        Attributes attributes = node.attributes();
        long[] strides = attributes.integers("strides").orElse(new long[] {1, 1});
        long[] dilations = attributes.integers("dilations").orElse(new long[] {1, 1});
        return filters.filter(w -> w.dim(1) == 1
                                && w.dim(0) == attributes.integer("group", 1)
                                && w.dim(2) >= 3
                                && w.dim(2) <= 7
                                && w.dim(2) % 2 == 1)
                        .isPresent()
                && strides.length == 2
                && strides[0] == strides[1]
                && strides[0] <= 2
                && Arrays.stream(dilations).allMatch(dilation -> dilation == 1);
    }

    private static boolean hasLongRows(Value output, GraphTypes types) {
        if (!(types.valueType(output) instanceof TensorType type && type.hasRank() && type.rank() == 4)) {
            return false;
        }
        Dim width = type.dim(3);
        return width.isKnown() && width.value() >= FEWEST_CELLS;
    }
}
