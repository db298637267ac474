package dev.nereid.kernels;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ChannelsFirstKernels;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.scalar.ScalarAttention;
import dev.nereid.kernels.scalar.ScalarBlockwise;
import dev.nereid.kernels.scalar.ScalarByteArithmetic;
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.kernels.scalar.ScalarInt8Convolution;
import dev.nereid.kernels.scalar.ScalarInt8Product;
import dev.nereid.kernels.scalar.ScalarLayout;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.kernels.scalar.ScalarPooling;
import dev.nereid.kernels.scalar.ScalarQuantization;
import dev.nereid.kernels.scalar.ScalarRecurrent;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.kernels.scalar.ScalarSvm;
import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.kernels.svm.SvmKernels;
import dev.nereid.kernels.tree.TreeKernels;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The kernels of one device, one slot a family. Built in layers: the scalar set, replaced slot by slot by the vector
 * kernels and then by native ones, each layer leaving alone what it does not have. Immutable; shared by all threads.
 */
public record KernelSet(
        ElementwiseKernels elementwise,
        ReduceKernels reduce,
        MatMulKernels matMul,
        ChannelsFirstKernels conv,
        ChannelsLastKernels channelsLast,
        QuantizedKernels quantized,
        LayoutKernels layout,
        AttentionKernels attention,
        PoolingKernels pooling,
        TreeKernels trees,
        RecurrentKernels recurrent,
        SvmKernels svm,
        BlockwiseKernels blockwise) {

    /** A layer over another set: replaces the slots it has better kernels for. */
    @FunctionalInterface
    public interface Overlay {
        KernelSet over(KernelSet base);

        /**
         * What the kernels of a slot make use of, for the log, where the layer as a whole says too much.
         *
         * @param slot such as {@code matmul}
         */
        default Optional<String> detail(String slot) {
            return Optional.empty();
        }
    }

    /** The scalar loops: the oracle, and the base of every other set. */
    public static KernelSet scalar() {
        return new KernelSet(
                new ScalarElementwise(),
                new ScalarReduce(),
                new ScalarMatMul(),
                new ScalarChannelsFirst(),
                new ScalarChannelsLast(),
                new QuantizedKernels(
                        new ScalarInt8Product(),
                        new ScalarQuantization(),
                        new ScalarInt8Convolution(),
                        new ScalarByteArithmetic()),
                new ScalarLayout(),
                new ScalarAttention(),
                new ScalarPooling(),
                new ScalarTrees(),
                new ScalarRecurrent(),
                new ScalarSvm(),
                new ScalarBlockwise(false));
    }

    public KernelSet withElementwise(ElementwiseKernels kernels) {
        return with(slots -> slots.elementwise = kernels);
    }

    public KernelSet withReduce(ReduceKernels kernels) {
        return with(slots -> slots.reduce = kernels);
    }

    public KernelSet withMatMul(MatMulKernels kernels) {
        return with(slots -> slots.matMul = kernels);
    }

    public KernelSet withConv(ChannelsFirstKernels kernels) {
        return with(slots -> slots.conv = kernels);
    }

    public KernelSet withChannelsLast(ChannelsLastKernels kernels) {
        return with(slots -> slots.channelsLast = kernels);
    }

    public KernelSet withQuantized(QuantizedKernels kernels) {
        return with(slots -> slots.quantized = kernels);
    }

    public KernelSet withLayout(LayoutKernels kernels) {
        return with(slots -> slots.layout = kernels);
    }

    public KernelSet withAttention(AttentionKernels kernels) {
        return with(slots -> slots.attention = kernels);
    }

    public KernelSet withPooling(PoolingKernels kernels) {
        return with(slots -> slots.pooling = kernels);
    }

    public KernelSet withTrees(TreeKernels kernels) {
        return with(slots -> slots.trees = kernels);
    }

    public KernelSet withRecurrent(RecurrentKernels kernels) {
        return with(slots -> slots.recurrent = kernels);
    }

    public KernelSet withSvm(SvmKernels kernels) {
        return with(slots -> slots.svm = kernels);
    }

    public KernelSet withBlockwise(BlockwiseKernels kernels) {
        return with(slots -> slots.blockwise = kernels);
    }

    private KernelSet with(Consumer<Slots> change) {
        Slots slots = new Slots(this);
        change.accept(slots);
        return slots.set();
    }

    /** A set that is being changed. */
    private static final class Slots {
        private ElementwiseKernels elementwise;
        private ReduceKernels reduce;
        private MatMulKernels matMul;
        private ChannelsFirstKernels conv;
        private ChannelsLastKernels channelsLast;
        private QuantizedKernels quantized;
        private LayoutKernels layout;
        private AttentionKernels attention;
        private PoolingKernels pooling;
        private TreeKernels trees;
        private RecurrentKernels recurrent;
        private SvmKernels svm;
        private BlockwiseKernels blockwise;

        Slots(KernelSet set) {
            this.elementwise = set.elementwise;
            this.reduce = set.reduce;
            this.matMul = set.matMul;
            this.conv = set.conv;
            this.channelsLast = set.channelsLast;
            this.quantized = set.quantized;
            this.layout = set.layout;
            this.attention = set.attention;
            this.pooling = set.pooling;
            this.trees = set.trees;
            this.recurrent = set.recurrent;
            this.svm = set.svm;
            this.blockwise = set.blockwise;
        }

        KernelSet set() {
            return new KernelSet(
                    elementwise,
                    reduce,
                    matMul,
                    conv,
                    channelsLast,
                    quantized,
                    layout,
                    attention,
                    pooling,
                    trees,
                    recurrent,
                    svm,
                    blockwise);
        }
    }
}
