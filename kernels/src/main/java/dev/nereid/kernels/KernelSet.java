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
import dev.nereid.kernels.svm.SvmKernels;
import dev.nereid.kernels.tree.TreeKernels;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The kernels of one device, one implementation a {@link KernelSlot}. Built in layers: the scalar set, replaced slot by slot
 * by the vector kernels and then by native ones, each layer leaving alone what it does not have. Immutable; shared by all
 * threads.
 */
public final class KernelSet {
    private final Map<KernelSlot<?>, Object> kernels;

    private KernelSet(Map<KernelSlot<?>, Object> kernels) {
        this.kernels = kernels;
    }

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
        Map<KernelSlot<?>, Object> kernels = new HashMap<>();
        KernelSlot.ALL.forEach(slot -> kernels.put(slot, slot.scalar().get()));
        return new KernelSet(kernels);
    }

    /** The kernels of a slot. */
    @SuppressWarnings("unchecked") // Only with() and scalar() fill slots, by values of the slot's type.
    public <T> T get(KernelSlot<T> slot) {
        return (T) Objects.requireNonNull(kernels.get(slot), slot.name());
    }

    /** This set with other kernels in one slot. */
    public <T> KernelSet with(KernelSlot<T> slot, T replacement) {
        Map<KernelSlot<?>, Object> changed = new HashMap<>(kernels);
        changed.put(slot, Objects.requireNonNull(replacement, slot.name()));
        return new KernelSet(changed);
    }

    public ElementwiseKernels elementwise() {
        return get(KernelSlot.ELEMENTWISE);
    }

    public ReduceKernels reduce() {
        return get(KernelSlot.REDUCE);
    }

    public MatMulKernels matMul() {
        return get(KernelSlot.MATMUL);
    }

    public ConvolutionKernels convolution() {
        return get(KernelSlot.CONVOLUTION);
    }

    public QuantizedKernels quantized() {
        return get(KernelSlot.QUANTIZED);
    }

    public LayoutKernels layout() {
        return get(KernelSlot.LAYOUT);
    }

    public AttentionKernels attention() {
        return get(KernelSlot.ATTENTION);
    }

    public PoolingKernels pooling() {
        return get(KernelSlot.POOLING);
    }

    public ResizeKernels resize() {
        return get(KernelSlot.RESIZE);
    }

    public TreeKernels trees() {
        return get(KernelSlot.TREES);
    }

    public RecurrentKernels recurrent() {
        return get(KernelSlot.RECURRENT);
    }

    public SvmKernels svm() {
        return get(KernelSlot.SVM);
    }

    public BlockwiseKernels blockwise() {
        return get(KernelSlot.BLOCKWISE);
    }
}
