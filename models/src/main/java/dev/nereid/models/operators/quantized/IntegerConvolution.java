package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Int8Panels;
import dev.nereid.kernels.quantized.ProductSplit;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DimChecks;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * The integer convolution inside an operator, of images with their channels last; filters are packed at load where they
 * are constant.
 */
public final class IntegerConvolution {
    private static final long ALIGNMENT = 64;

    /** Items a worker of which one more or less does not count. */
    private static final int MANY = 4;

    /** Indices of the operator's inputs. */
    public record Inputs(int x, int xZeroPoint, int w, int wZeroPoint) {}

    private final Inputs inputs;
    private final Int8ConvolutionKernels kernels;
    private final Attributes attributes;
    private final boolean wSigned;
    private final Optional<Int8Filters> packed;

    /** The filters' zero point, where it is a constant and the same for all. */
    private final Optional<ZeroPoints> wZero;

    private IntegerConvolution(Lowering lowering, Inputs inputs) {
        this.inputs = inputs;
        // What is packed in every run shall not be transformed in every run.
        Int8ConvolutionKernels every = lowering.kernels().quantized().convolutions();
        this.kernels = lowering.constant(inputs.w()).isPresent() ? every : every.withSmallFilters();
        this.attributes = lowering.attributes();
        this.wSigned = IntegerProduct.isSigned(lowering, inputs.w());
        this.packed = lowering.constant(inputs.w()).map(w -> packed(w, lowering));
        this.wZero = lowering.has(inputs.wZeroPoint())
                ? lowering.constant(inputs.wZeroPoint()).flatMap(QuantizationInputs::uniform)
                : Optional.of(ZeroPoints.ZERO);
    }

    static IntegerConvolution of(Lowering lowering, Inputs inputs) {
        return new IntegerConvolution(lowering, inputs);
    }

    static TensorType outputType(Inference inference, Inputs inputs, DataType dataType) {
        return outputType(inference, inputs, inference.type(inputs.x()), dataType);
    }

    /** As above, with x under another type than the node's input has: its channels before its spatial axes. */
    static TensorType outputType(Inference inference, Inputs inputs, TensorType x, DataType dataType) {
        TensorType w = inference.type(inputs.w());
        IntegerProduct.isSigned(inference, inputs.x());
        IntegerProduct.isSigned(inference, inputs.w());
        if (!x.hasRank() || !w.hasRank()) {
            return TensorType.ofUnknownRank(dataType);
        }
        if (x.rank() < 3 || x.rank() != w.rank()) {
            throw new ModelFormatException(inference.node().describe()
                    + ": expected an image and filters of its rank, got " + x + " and " + w);
        }
        DimChecks.kernel(inference.attributes(), w);
        return geometry(inference, inputs).outputType(x, w, dataType);
    }

    boolean isPacked() {
        return packed.isPresent();
    }

    /** The number of outputs, where filters are packed. */
    Optional<Integer> packedOutputs() {
        return packed.map(filters -> filters.shape().outputs());
    }

    /** The number of outputs, and with it of biases and filter scales. */
    int outputs(StepRun run) {
        return packedOutputs()
                .orElseGet(() -> Math.toIntExact(run.input(inputs.w()).shape().dim(0)));
    }

    /**
     * Convolves every item: each by one worker where there are enough of them, else all by all.
     *
     * @param x with its channels last
     * @param requantization how sums become bytes; where it is empty, they stay int32
     * @param y the results with their channels last
     */
    void run(StepRun run, Tensor x, Optional<Requantization> requantization, MemorySegment y) {
        Int8Filters filters = packed.orElseGet(() -> packed(run));
        FilterShape shape = filters.shape();
        // The kernels rely on it, and types may not have told.
        if (x.shape().dim(-1) != shape.allChannels()) {
            throw new IllegalArgumentException("expected filters for the "
                    + x.shape().dim(-1) + " channels of an image, " + "got filters for " + shape.allChannels());
        }
        ByteWindows windows =
                geometry(x.shape().rank()).windows(ChannelsLastImages.channelsFirst(x.shape()), shape.window());
        ZeroPoints zeros =
                wZero.orElseGet(() -> QuantizationInputs.operand(run, inputs.wZeroPoint(), shape.outputs(), 0));
        int xZero = run.has(inputs.xZeroPoint()) ? QuantizationInputs.element(run.input(inputs.xZeroPoint()), 0) : 0;
        boolean xSigned = x.dataType() == DataType.INT8;
        long itemBytes = windows.inputPositions() * shape.allChannels();
        long resultBytes = (requantization.isPresent() ? 1L : 4L) * windows.positions() * shape.outputs();
        int items = Math.toIntExact(x.shape().dim(0));
        long sums = (long) windows.positions() * shape.outputs();
        boolean apart = isForOneEach(items, sums, shape.k(), run.workers().count());
        int shares = apart ? run.workers().count() : 1;
        Workers within = apart ? Workers.single() : run.workers();
        long own = Int8Panels.roundUp(kernels.scratchBytes(windows, shape, within), ALIGNMENT);
        MemorySegment scratch = run.scratch(shares * own);
        (apart ? run.workers() : Workers.single()).run(shares, share -> {
            MemorySegment mine = scratch.asSlice(share * own, own);
            for (int item = items * share / shares; item < items * (share + 1) / shares; item++) {
                ByteImage image = new ByteImage(x.segment().asSlice(item * itemBytes, itemBytes), xSigned, xZero);
                MemorySegment to = y.asSlice(item * resultBytes, resultBytes);
                kernels.convolve(windows, image, filters, zeros, requantization, to, mine, within);
            }
        });
    }

    /**
     * Whether workers take items, and not parts of one: where they all get as many, or nearly, or an item is too little to
     * be shared.
     *
     * @param sums results of an item
     * @param k multiply-adds of each
     */
    private static boolean isForOneEach(int items, long sums, int k, int workers) {
        boolean even = items % workers == 0 || items >= MANY * workers;
        return items >= workers
                && ProductSplit.isWorthSplitting(items * sums, k)
                && (even || !ProductSplit.isWorthSplitting(sums, k));
    }

    private Int8Filters packed(Tensor w, Lowering lowering) {
        FilterShape shape = geometry(w.shape().rank()).filters(w.shape());
        MemorySegment memory = lowering.constantMemory(kernels.filterBytes(shape));
        try (NativeMemory scratch = NativeMemory.allocate(Math.max(1, kernels.filterScratchBytes(shape)))) {
            return kernels.filters(shape, wSigned, w.segment(), memory, scratch.segment());
        }
    }

    private Int8Filters packed(StepRun run) {
        Tensor w = run.input(inputs.w());
        FilterShape shape = geometry(w.shape().rank()).filters(w.shape());
        MemorySegment memory = run.scratch(kernels.filterBytes(shape));
        MemorySegment scratch = run.scratch(kernels.filterScratchBytes(shape));
        return kernels.filters(shape, wSigned, w.segment(), memory, scratch);
    }

    private ConvGeometry geometry(int rank) {
        return ConvGeometry.of(attributes, rank - 2);
    }

    private static ConvGeometry geometry(Inference inference, Inputs inputs) {
        return ConvGeometry.of(
                inference.attributes(), inference.type(inputs.w()).rank() - 2);
    }
}
