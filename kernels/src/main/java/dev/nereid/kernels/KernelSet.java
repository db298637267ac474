package dev.nereid.kernels;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.channelslast.ChannelsLastKernels;
import dev.nereid.kernels.conv.ConvKernels;
import dev.nereid.kernels.conv.PoolingKernels;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.kernels.reduce.ReduceKernels;
import dev.nereid.kernels.scalar.ScalarAttention;
import dev.nereid.kernels.scalar.ScalarByteArithmetic;
import dev.nereid.kernels.scalar.ScalarChannelsLast;
import dev.nereid.kernels.scalar.ScalarConv;
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

/**
 * The kernels of one device, one slot a family. Built in layers: the scalar set, replaced slot by slot by the vector
 * kernels and then by native ones, each layer leaving alone what it does not have. Immutable; shared by all threads.
 */
public record KernelSet(
        ElementwiseKernels elementwise,
        ReduceKernels reduce,
        MatMulKernels matMul,
        ConvKernels conv,
        ChannelsLastKernels channelsLast,
        QuantizedKernels quantized,
        LayoutKernels layout,
        AttentionKernels attention,
        PoolingKernels pooling,
        TreeKernels trees,
        RecurrentKernels recurrent,
        SvmKernels svm) {

    /** A layer over another set: replaces the slots it has better kernels for. */
    @FunctionalInterface
    public interface Overlay {
        KernelSet over(KernelSet base);
    }

    /** The plain loops: the oracle, and the base of every other set. */
    public static KernelSet scalar() {
        return new KernelSet(
                new ScalarElementwise(),
                new ScalarReduce(),
                new ScalarMatMul(),
                new ScalarConv(),
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
                new ScalarSvm());
    }

    public KernelSet withElementwise(ElementwiseKernels kernels) {
        return new KernelSet(
                kernels,
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
                svm);
    }

    public KernelSet withReduce(ReduceKernels kernels) {
        return new KernelSet(
                elementwise,
                kernels,
                matMul,
                conv,
                channelsLast,
                quantized,
                layout,
                attention,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withMatMul(MatMulKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                kernels,
                conv,
                channelsLast,
                quantized,
                layout,
                attention,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withConv(ConvKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                matMul,
                kernels,
                channelsLast,
                quantized,
                layout,
                attention,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withChannelsLast(ChannelsLastKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                matMul,
                conv,
                kernels,
                quantized,
                layout,
                attention,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withQuantized(QuantizedKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                matMul,
                conv,
                channelsLast,
                kernels,
                layout,
                attention,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withLayout(LayoutKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                matMul,
                conv,
                channelsLast,
                quantized,
                kernels,
                attention,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withAttention(AttentionKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                matMul,
                conv,
                channelsLast,
                quantized,
                layout,
                kernels,
                pooling,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withPooling(PoolingKernels kernels) {
        return new KernelSet(
                elementwise,
                reduce,
                matMul,
                conv,
                channelsLast,
                quantized,
                layout,
                attention,
                kernels,
                trees,
                recurrent,
                svm);
    }

    public KernelSet withTrees(TreeKernels kernels) {
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
                kernels,
                recurrent,
                svm);
    }

    public KernelSet withRecurrent(RecurrentKernels kernels) {
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
                kernels,
                svm);
    }

    public KernelSet withSvm(SvmKernels kernels) {
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
                kernels);
    }
}
