package dev.nereid.kernels;

import dev.nereid.kernels.attention.PanelAttention;
import dev.nereid.kernels.blockwise.VectorBlockwise;
import dev.nereid.kernels.convolution.ConvolutionKernels;
import dev.nereid.kernels.convolution.channelsfirst.VectorChannelsFirst;
import dev.nereid.kernels.convolution.channelslast.VectorChannelsLast;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.elementwise.VectorElementwise;
import dev.nereid.kernels.layout.BlockedLayout;
import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.kernels.matmul.VectorPanelKernel;
import dev.nereid.kernels.pooling.VectorPooling;
import dev.nereid.kernels.quantized.DepthwiseDispatch;
import dev.nereid.kernels.quantized.FloatDepthwise;
import dev.nereid.kernels.quantized.Int8Im2colConvolution;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.VectorByteArithmetic;
import dev.nereid.kernels.quantized.VectorInt8Product;
import dev.nereid.kernels.quantized.VectorQuantization;
import dev.nereid.kernels.recurrent.BlockedRecurrent;
import dev.nereid.kernels.recurrent.VectorUnitKernel;
import dev.nereid.kernels.reduce.VectorReduce;
import dev.nereid.kernels.resize.VectorResize;
import dev.nereid.kernels.svm.VectorSvm;
import dev.nereid.kernels.tree.InterleavedTrees;

/** The layer of Vector API kernels for a CPU. */
public final class VectorKernels implements KernelSet.Overlay {
    private final Cpu cpu;

    /** The vector kernels whose shapes suit {@code cpu}. */
    public VectorKernels(Cpu cpu) {
        this.cpu = cpu;
    }

    /** This layer, for a selection. */
    public static KernelLayer layer(Cpu cpu) {
        return new KernelLayer.Available("vector", cpu.vectorBits() + " bits", new VectorKernels(cpu));
    }

    public Cpu cpu() {
        return cpu;
    }

    @Override
    public KernelSet over(KernelSet base) {
        MatMulKernels matMul = new VectorMatMul(cpu);
        FloatPanelKernel panels = new VectorPanelKernel(cpu);
        Int8ProductKernels int8Products = new VectorInt8Product();
        QuantizationKernels quantization =
                new VectorQuantization(base.quantized().quantization());
        return base.with(KernelSlot.MATMUL, matMul)
                .with(
                        KernelSlot.CONVOLUTION,
                        new ConvolutionKernels(new VectorChannelsFirst(matMul), new VectorChannelsLast(panels)))
                .with(KernelSlot.RESIZE, new VectorResize())
                .with(KernelSlot.POOLING, new VectorPooling())
                .with(KernelSlot.ATTENTION, new PanelAttention(panels))
                .with(
                        KernelSlot.QUANTIZED,
                        new QuantizedKernels(
                                int8Products,
                                quantization,
                                new DepthwiseDispatch(
                                        new FloatDepthwise(quantization),
                                        new Int8Im2colConvolution(int8Products, quantization)),
                                new VectorByteArithmetic()))
                .with(KernelSlot.ELEMENTWISE, new VectorElementwise(base.elementwise()))
                .with(KernelSlot.REDUCE, new VectorReduce(base.reduce()))
                .with(KernelSlot.LAYOUT, new BlockedLayout())
                .with(KernelSlot.TREES, new InterleavedTrees(base.trees()))
                .with(KernelSlot.RECURRENT, new BlockedRecurrent(new VectorUnitKernel(panels)))
                .with(KernelSlot.SVM, new VectorSvm())
                .with(KernelSlot.BLOCKWISE, new VectorBlockwise(matMul));
    }
}
