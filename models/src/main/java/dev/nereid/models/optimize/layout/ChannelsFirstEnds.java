package dev.nereid.models.optimize.layout;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionKernels;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.optimize.GraphIndex;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The convolutions with nothing behind them, up to the outputs of the graph, but others of the kind: those that are as fast
 * with their channels first, so that transpositions in front of and behind them gain nothing.
 */
final class ChannelsFirstEnds {
    private ChannelsFirstEnds() {}

    static Set<Node> of(Graph graph, GraphTypes types, ConvolutionKernels kernels) {
        GraphIndex index = new GraphIndex(graph);
        Set<Node> found = new HashSet<>();
        for (Node node : graph.nodes().reversed()) {
            if (ConvolutionRules.isConvolution(node)
                    && found.containsAll(index.consumers(node.output(0).orElseThrow()))
                    && shape(node, index, types)
                            .filter(kernels::suitsChannelsFirst)
                            .isPresent()) {
                found.add(node);
            }
        }
        return found;
    }

    /** The shape for one image, of a convolution of floats with constant filters and known extents. */
    private static Optional<ConvShape> shape(Node node, GraphIndex index, GraphTypes types) {
        Optional<Shape> filters = node.input(1)
                .flatMap(index::constant)
                .filter(w -> w.dataType() == DataType.FP32)
                .map(Tensor::shape);
        Value x = node.input(0).orElseThrow();
        if (filters.isEmpty()
                || !(types.valueType(x) instanceof TensorType type && type.hasRank())
                || type.rank() != filters.get().rank()
                || !type.dims().orElseThrow().stream().skip(2).allMatch(Dim::isKnown)) {
            return Optional.empty();
        }
        return shape(node.attributes(), filters.get(), type);
    }

    /** Empty where the filters do not fit; a run will say so. */
    private static Optional<ConvShape> shape(Attributes attributes, Shape w, TensorType x) {
        int[] kernel = new int[x.rank() - 2];
        int[] input = new int[kernel.length];
        for (int axis = 0; axis < kernel.length; axis++) {
            kernel[axis] = Math.toIntExact(w.dim(axis + 2));
            input[axis] = Math.toIntExact(x.dim(axis + 2).value());
        }
        WindowAttributes window = WindowAttributes.of(attributes, kernel);
        boolean fits = IntStream.range(0, kernel.length)
                .allMatch(axis -> window.output(axis, Dim.of(input[axis])).value() > 0);
        int groups = Math.toIntExact(attributes.integer("group", 1));
        int count = Math.toIntExact(w.dim(0));
        if (!fits || groups < 1 || count % groups != 0) {
            return Optional.empty();
        }
        int channels = Math.multiplyExact(Math.toIntExact(w.dim(1)), groups);
        return Optional.of(new ConvShape(1, channels, count, groups, window.window(input)));
    }
}
