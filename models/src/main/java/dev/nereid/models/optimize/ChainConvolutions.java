package dev.nereid.models.optimize;

import dev.nereid.kernels.convolution.ConvolutionKernels;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.models.operators.linear.ChannelsLastConv;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Convolutions around a depthwise one become a chain, of which nothing between two convolutions is ever in memory as a
 * whole: there is much of it, and each number is multiplied a few times only.
 */
public final class ChainConvolutions implements GraphPass {
    private static final String CONVOLUTION = "ChannelsLastConv";
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int RESIDUAL = 3;

    /** Of filters over rows and columns. */
    private static final int MOST_AXES = 4;

    /** Bytes between two convolutions below which all of them stay in a cache anyway. */
    private static final long FEWEST_BYTES = 160 << 10;

    private final OperatorSet operators;
    private final ConvolutionKernels kernels;

    public ChainConvolutions(OperatorSet operators, ConvolutionKernels kernels) {
        this.operators = operators;
        this.kernels = kernels;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(ChainConvolutions::isConvolution)) {
            return graph;
        }
        GraphIndex index = new GraphIndex(graph);
        GraphTypes types = GraphTypes.infer(graph, operators);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            if (isConvolution(node) && !rewrite.touches(node)) {
                List<Node> chain = chain(node, index, types);
                if (chain.size() > 1) {
                    chain.subList(0, chain.size() - 1).forEach(rewrite::drop);
                    rewrite.replace(chain.getLast(), chained(chain));
                }
            }
        }
        return rewrite.apply();
    }

    private List<Node> chain(Node first, GraphIndex index, GraphTypes types) {
        List<Node> chain = new ArrayList<>(List.of(first));
        Optional<Node> next = next(first, index, types);
        while (next.isPresent()) {
            chain.add(next.get());
            next = next(next.get(), index, types);
        }
        return chain;
    }

    /** The convolution that may follow in the chain. */
    private Optional<Node> next(Node node, GraphIndex index, GraphTypes types) {
        Value output = node.output(0).orElseThrow();
        return index.onlyConsumer(output)
                .filter(_ -> node.input(RESIDUAL).isEmpty()
                        && mayLink(node, index, types)
                        && resultBytes(node, index, types) >= FEWEST_BYTES)
                .filter(other -> isConvolution(other)
                        && other.input(0).equals(Optional.of(output))
                        && mayLink(other, index, types))
                .filter(other -> isDepthwise(node, index) || isDepthwise(other, index));
    }

    private static boolean isConvolution(Node node) {
        return node.domain().equals(FusedOperators.DOMAIN) && node.operator().equals(CONVOLUTION);
    }

    private static boolean isDepthwise(Node node, GraphIndex index) {
        return filters(node, weights(node, index)).isDepthwise();
    }

    private static Tensor weights(Node node, GraphIndex index) {
        return node.input(WEIGHTS).flatMap(index::constant).orElseThrow();
    }

    /** Whether a convolution is computed row by row: over two axes at most, not by Winograd's algorithm, no negative padding. */
    private boolean mayLink(Node node, GraphIndex index, GraphTypes types) {
        Tensor w = weights(node, index);
        if (w.shape().rank() > MOST_AXES) {
            return false;
        }
        boolean winograd = kernels.usesWinograd(ChannelsLastConv.layer(
                node.attributes(), types.type(node.input(0).orElseThrow()), w.shape()));
        long[] pads = node.attributes().integers("pads").orElse(new long[0]);
        return !winograd && Arrays.stream(pads).allMatch(pad -> pad >= 0);
    }

    /** Bytes of an item of what a convolution makes, with a common extent where only a run will know. */
    private static long resultBytes(Node node, GraphIndex index, GraphTypes types) {
        Tensor w = weights(node, index);
        WindowAttributes window = WindowAttributes.of(node.attributes(), kernel(w.shape()));
        return ChannelsLast.usualWindow(window, types.type(node.input(0).orElseThrow()))
                .map(usual -> usual.outputs() * w.shape().dim(0) * Float.BYTES)
                .orElse(0L);
    }

    private static int[] kernel(Shape w) {
        int[] kernel = new int[w.rank() - 2];
        Arrays.setAll(kernel, axis -> Math.toIntExact(w.dim(axis + 2)));
        return kernel;
    }

    private static Filters filters(Node node, Tensor w) {
        Shape shape = w.shape();
        return new Filters(
                Math.toIntExact(shape.dim(0)),
                Math.toIntExact(node.attributes().integer("group", 1)),
                Math.toIntExact(shape.dim(1)),
                Math.toIntExact(shape.elements(2, shape.rank())));
    }

    private static Node chained(List<Node> chain) {
        List<Optional<Value>> inputs = new ArrayList<>(List.of(chain.getFirst().input(0)));
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("convolutions", new Attribute.Int(chain.size()));
        for (int i = 0; i < chain.size(); i++) {
            Node node = chain.get(i);
            inputs.add(node.input(WEIGHTS));
            inputs.add(node.input(BIAS));
            String prefix = i + ".";
            node.attributes().map().forEach((name, attribute) -> attributes.put(prefix + name, attribute));
        }
        Node last = chain.getLast();
        last.input(RESIDUAL).ifPresent(residual -> inputs.add(Optional.of(residual)));
        return FusedOperators.node(last, "ChannelsLastConvChain", inputs, last.outputs(), new Attributes(attributes));
    }
}
