package dev.nereid.models.optimize;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/** The passes in the order they are applied. */
public final class Optimizer {
    private final List<GraphPass> passes;

    private Optimizer(List<GraphPass> passes) {
        this.passes = passes;
    }

    /**
     * Every pass.
     *
     * @param memory where folded constants lie; must live until the plan is built
     */
    public static Optimizer full(OperatorSet operators, KernelSet kernels, SegmentAllocator memory) {
        return new Optimizer(List.of(
                new ExpandGradients(),
                new RemoveDeadNodes(),
                new FoldConstants(operators, kernels, memory, _ -> true),
                new FoldBatchNormalization(memory),
                new FuseDynamicQuantizedMatMul(),
                new FuseLayerNormalization(operators),
                new FuseGelu(),
                new FuseAttention(operators),
                new FuseMatMulEpilogue(operators),
                new JoinProjections(memory),
                new FuseResidualNormalization(operators),
                new FuseConvEpilogue(operators)));
    }

    /**
     * Only what turns constants written as nodes into initializers, and gradients into nodes: the oracle of the other
     * passes.
     */
    public static Optimizer none(OperatorSet operators, KernelSet kernels, SegmentAllocator memory) {
        return new Optimizer(List.of(
                new ExpandGradients(),
                new FoldConstants(operators, kernels, memory, node -> GraphIndex.is(node, "Constant"))));
    }

    public Graph apply(Graph graph) {
        Graph result = graph;
        for (GraphPass pass : passes) {
            result = pass.apply(result);
        }
        return result;
    }
}
