package dev.nereid.models.optimize.layout;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.GraphTypes;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.GraphPass;
import java.lang.foreign.SegmentAllocator;

/**
 * Convolutions get the channels of their tensors last, and so does what lies between them. The graph is written anew in
 * one pass, in order: a value that is made with its channels last is transposed back only where a node, or the graph's
 * output, needs it as it was.
 */
public final class ChannelsLastLayout implements GraphPass {
    private final OperatorSet operators;
    private final KernelSet kernels;
    private final SegmentAllocator memory;
    private final boolean winograd;

    /**
     * The pass.
     *
     * @param kernels what the graph will be run with
     * @param memory where changed constants lie; must live until the plan is built
     * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
     */
    public ChannelsLastLayout(OperatorSet operators, KernelSet kernels, SegmentAllocator memory, boolean winograd) {
        this.operators = operators;
        this.kernels = kernels;
        this.memory = memory;
        this.winograd = winograd;
    }

    @Override
    public Graph apply(Graph graph) {
        if (graph.nodes().stream().noneMatch(ChannelsLastLayout::isReason)) {
            return graph;
        }
        LayoutRewrite rewrite = new LayoutRewrite(graph, GraphTypes.infer(graph, operators), kernels, memory, winograd);
        for (Node node : graph.nodes()) {
            LayoutRule rule = LayoutRules.of(node, operators);
            if (!rule.apply(node, rewrite)) {
                rewrite.keep(node);
            }
        }
        return rewrite.finish();
    }

    /** Whether the layout of a graph is changed for a node. */
    private static boolean isReason(Node node) {
        return ConvolutionRules.mayConvert(node) || QuantizedRules.mayConvert(node);
    }
}
