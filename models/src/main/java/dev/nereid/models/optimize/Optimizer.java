package dev.nereid.models.optimize;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.layout.ChannelsLastLayout;
import java.lang.foreign.SegmentAllocator;
import java.util.List;

/** The passes in the order they are applied, to a graph and then to the graphs inside its nodes. */
public final class Optimizer {
    private final List<GraphPass> passes;
    private final GraphPass bodies;

    private Optimizer(List<GraphPass> passes, OperatorSet operators) {
        this.passes = passes;
        this.bodies = new OptimizeBodies(operators, this::apply);
    }

    /**
     * Every pass.
     *
     * @param memory where folded constants lie; must live until the plan is built
     * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
     */
    public static Optimizer full(OperatorSet operators, KernelSet kernels, SegmentAllocator memory, boolean winograd) {
        FoldConstants fold = new FoldConstants(operators, kernels, memory, _ -> true);
        return new Optimizer(
                List.of(
                        new ExpandFlexAttention(),
                        new ExpandFunctions(operators),
                        new ExpandGradients(),
                        new RemoveDeadNodes(),
                        fold,
                        graph -> inlined(graph, fold),
                        new FoldPadding(),
                        new FoldBatchNormalization(memory),
                        new FuseDynamicQuantizedMatMul(),
                        new FuseLayerNormalization(operators),
                        new FuseGelu(),
                        new FuseSwish(),
                        new FuseAttention(operators),
                        new GatherOneHot(operators, memory),
                        new GemmToMatMul(memory),
                        new FuseMatMulEpilogue(operators),
                        new JoinProjections(memory),
                        new FuseResidualNormalization(operators),
                        new FuseConvEpilogue(operators),
                        new SliceShuffledChannels(operators, memory),
                        new ChannelsLastLayout(operators, memory, winograd),
                        new ChainConvolutions(operators, kernels.channelsLast())),
                operators);
    }

    /**
     * The passes for a model whose nodes go to a device as far as that has kernels: those that fuse what its kernels do in
     * one go, and none that prepares for the CPU's.
     *
     * @param memory where folded constants lie; must live until the plan is built
     */
    public static Optimizer forDevice(OperatorSet operators, KernelSet kernels, SegmentAllocator memory) {
        FoldConstants fold = new FoldConstants(operators, kernels, memory, _ -> true);
        return new Optimizer(
                List.of(
                        new ExpandFlexAttention(),
                        new ExpandFunctions(operators),
                        new ExpandGradients(),
                        new RemoveDeadNodes(),
                        fold,
                        graph -> inlined(graph, fold),
                        new FoldPadding(),
                        new FoldBatchNormalization(memory),
                        new FuseDynamicQuantizedMatMul(),
                        new FuseLayerNormalization(operators),
                        new FuseGelu(),
                        new FuseSwish(),
                        new FuseAttention(operators),
                        new FuseMatMulEpilogue(operators),
                        new FuseConvEpilogue(operators)),
                operators);
    }

    /** Only what plans need, such as constants written as nodes made initializers: the oracle of the other passes. */
    public static Optimizer none(OperatorSet operators, KernelSet kernels, SegmentAllocator memory) {
        return new Optimizer(
                List.of(
                        new ExpandFlexAttention(),
                        new ExpandFunctions(operators),
                        new ExpandGradients(),
                        new FoldConstants(operators, kernels, memory, node -> GraphIndex.is(node, "Constant"))),
                operators);
    }

    /** Branches inside a branch that is taken may be decided once their conditions are folded. */
    private static Graph inlined(Graph graph, GraphPass fold) {
        Graph result = graph;
        while (InlineBranches.hasDecided(result)) {
            result = fold.apply(new InlineBranches().apply(result));
        }
        return result;
    }

    public Graph apply(Graph graph) {
        Graph result = graph;
        for (GraphPass pass : passes) {
            result = pass.apply(result);
        }
        return bodies.apply(result);
    }
}
