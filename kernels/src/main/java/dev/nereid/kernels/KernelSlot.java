package dev.nereid.kernels;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.convolution.ConvolutionKernels;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.resize.ResizeKernels;
import dev.nereid.kernels.scalar.ScalarAttention;
import dev.nereid.kernels.scalar.ScalarBlockwise;
import dev.nereid.kernels.scalar.ScalarByteArithmetic;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.kernels.scalar.ScalarInt8Convolution;
import dev.nereid.kernels.scalar.ScalarInt8Product;
import dev.nereid.kernels.scalar.ScalarLayout;
import dev.nereid.kernels.scalar.ScalarMatMul;
import dev.nereid.kernels.scalar.ScalarPooling;
import dev.nereid.kernels.scalar.ScalarQuantization;
import dev.nereid.kernels.scalar.ScalarRecurrent;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.kernels.scalar.ScalarResize;
import dev.nereid.kernels.scalar.ScalarSvm;
import dev.nereid.kernels.scalar.ScalarTrees;
import dev.nereid.kernels.svm.SvmKernels;
import dev.nereid.kernels.tree.TreeKernels;
import java.util.List;
import java.util.function.Supplier;

/**
 * A family of kernels that a {@link KernelSet} has one implementation of. A new family is one entry here, in {@link #ALL}
 * too.
 *
 * @param <T> the interface of the family
 * @param name what logs and benchmarks call the family
 * @param scalar makes the scalar kernels of the family, its oracle
 */
public record KernelSlot<T>(String name, Supplier<T> scalar) {
    public static final KernelSlot<ElementwiseKernels> ELEMENTWISE =
            new KernelSlot<>("elementwise", ScalarElementwise::new);
    public static final KernelSlot<ReduceKernels> REDUCE = new KernelSlot<>("reduce", ScalarReduce::new);
    public static final KernelSlot<MatMulKernels> MATMUL = new KernelSlot<>("matmul", ScalarMatMul::new);
    public static final KernelSlot<ConvolutionKernels> CONVOLUTION = new KernelSlot<>(
            "convolution", () -> new ConvolutionKernels(new ScalarChannelsFirst(), new ScalarChannelsLast()));
    public static final KernelSlot<QuantizedKernels> QUANTIZED = new KernelSlot<>(
            "quantized",
            () -> new QuantizedKernels(
                    new ScalarInt8Product(),
                    new ScalarQuantization(),
                    new ScalarInt8Convolution(),
                    new ScalarByteArithmetic()));
    public static final KernelSlot<LayoutKernels> LAYOUT = new KernelSlot<>("layout", ScalarLayout::new);
    public static final KernelSlot<AttentionKernels> ATTENTION = new KernelSlot<>("attention", ScalarAttention::new);
    public static final KernelSlot<PoolingKernels> POOLING = new KernelSlot<>("pooling", ScalarPooling::new);
    public static final KernelSlot<ResizeKernels> RESIZE = new KernelSlot<>("resize", ScalarResize::new);
    public static final KernelSlot<TreeKernels> TREES = new KernelSlot<>("trees", ScalarTrees::new);
    public static final KernelSlot<RecurrentKernels> RECURRENT = new KernelSlot<>("recurrent", ScalarRecurrent::new);
    public static final KernelSlot<SvmKernels> SVM = new KernelSlot<>("svm", ScalarSvm::new);
    public static final KernelSlot<BlockwiseKernels> BLOCKWISE =
            new KernelSlot<>("blockwise", () -> new ScalarBlockwise(false));

    /** Every family, in the order of logs. */
    public static final List<KernelSlot<?>> ALL = List.of(
            ELEMENTWISE,
            REDUCE,
            MATMUL,
            CONVOLUTION,
            QUANTIZED,
            LAYOUT,
            ATTENTION,
            POOLING,
            RESIZE,
            TREES,
            RECURRENT,
            SVM,
            BLOCKWISE);
}
