package dev.nereid.models.optimize;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.optimize.layout.ChannelsLastLayout;
import dev.nereid.tensor.DataType;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The passes in the order they are applied, to a graph and then to the graphs inside its nodes. */
public final class Optimizer {
    private final List<GraphPass> passes;
    private final GraphPass subgraphs;

    private Optimizer(List<GraphPass> passes, OperatorSet operators) {
        this.passes = passes;
        this.subgraphs = new OptimizeSubgraphs(operators, this::apply);
    }

    /** A pass, and whether it is for graphs whose nodes go to a device too. */
    private record Entry(GraphPass pass, boolean onDevice) {
        /** For every graph: what it makes is less work anywhere. */
        static Entry any(GraphPass pass) {
            return new Entry(pass, true);
        }

        /** For graphs that run on the CPU alone: prepares for kernels that only this has. */
        static Entry cpu(GraphPass pass) {
            return new Entry(pass, false);
        }
    }

    private static Stream<Entry> every(
            OperatorSet operators, KernelSet kernels, SegmentAllocator memory, boolean winograd, Set<DataType> fused) {
        FoldConstants fold = new FoldConstants(operators, kernels, memory, _ -> true);
        WidenHalves widen = new WidenHalves(operators, kernels, memory);
        DropCopies copies = new DropCopies(operators);
        FuseLayerNormalization norms = new FuseLayerNormalization(operators);
        return Stream.of(
                Entry.any(new ExpandFlexAttention()),
                Entry.cpu(new KeepQuantizedLayers(kernels.recurrent())),
                Entry.any(new ExpandFunctions(operators)),
                Entry.any(new ExpandGradients()),
                Entry.any(new RemoveDeadNodes()),
                Entry.cpu(new FoldConstants(operators, kernels, memory, Optimizer::isConstant)),
                Entry.cpu(widen),
                Entry.any(copies),
                Entry.cpu(new DropQuantizedClamps()),
                Entry.cpu(new FuseQuantized(kernels.quantized().convolutions(), memory)),
                Entry.cpu(new MoveQuantized(operators)),
                Entry.cpu(new FuseBlockWeights(memory)),
                Entry.any(fold),
                Entry.any(graph -> inlined(graph, fold)),
                Entry.cpu(widen),
                Entry.any(copies),
                Entry.any(new FoldPadding()),
                Entry.any(new FoldBatchNormalization(memory)),
                Entry.any(new FuseDynamicQuantizedMatMul()),
                Entry.any(norms),
                Entry.any(new FuseRmsNormalization(operators)),
                Entry.any(new FuseGelu()),
                Entry.any(new FuseSwish()),
                Entry.any(new FuseAttention(operators, memory, fused)),
                Entry.any(new ShareHeads(operators)),
                Entry.cpu(new GatherOneHot(operators, memory)),
                Entry.cpu(new GemmToMatMul(memory)),
                Entry.any(new FuseMatMulEpilogue(operators)),
                Entry.cpu(new JoinProjections(memory)),
                Entry.cpu(new FuseResidualNormalization(operators)),
                Entry.cpu(new NormalizeByConvolution(operators, memory)),
                Entry.any(new FuseConvEpilogue(operators, fused)),
                Entry.cpu(new SliceShuffledChannels(operators, memory)),
                Entry.cpu(new ChannelsLastLayout(operators, kernels, memory, winograd)),
                Entry.cpu(norms),
                Entry.cpu(new FuseQuantizedArithmetic(operators)),
                Entry.cpu(new FuseTransposedEpilogue(operators)),
                Entry.cpu(new ChainConvolutions(operators, kernels.convolution())));
    }

    /**
     * Every pass.
     *
     * @param memory where folded constants lie; must live until the plan is built
     * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
     */
    public static Optimizer full(OperatorSet operators, KernelSet kernels, SegmentAllocator memory, boolean winograd) {
        return new Optimizer(
                every(operators, kernels, memory, winograd, Set.of(DataType.FP32))
                        .map(Entry::pass)
                        .toList(),
                operators);
    }

    /**
     * The passes for a model whose nodes go to a device as far as that has kernels: those that fuse what its kernels do in
     * one go, and none that prepares for the CPU's.
     *
     * @param memory where folded constants lie; must live until the plan is built
     * @param winograd whether convolutions may use Winograd's algorithm, which rounds differently
     */
    public static Optimizer forDevice(
            OperatorSet operators, KernelSet kernels, SegmentAllocator memory, boolean winograd) {
        Stream<GraphPass> passes = every(
                        operators, kernels, memory, winograd, Set.of(DataType.FP32, DataType.FP16, DataType.BF16))
                .filter(Entry::onDevice)
                .map(Entry::pass);
        Stream<GraphPass> last = winograd ? Stream.of(new AllowWinograd()) : Stream.empty();
        return new Optimizer(Stream.concat(passes, last).toList(), operators);
    }

    /** Only what plans need, such as constants written as nodes made initializers: the oracle of the other passes. */
    public static Optimizer none(OperatorSet operators, KernelSet kernels, SegmentAllocator memory) {
        return new Optimizer(
                List.of(
                        new ExpandFlexAttention(),
                        new ExpandFunctions(operators),
                        new ExpandGradients(),
                        new FoldConstants(operators, kernels, memory, Optimizer::isConstant)),
                operators);
    }

    private static boolean isConstant(Node node) {
        return GraphIndex.is(node, "Constant");
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
        return subgraphs.apply(result);
    }
}
