package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.BytePatches;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.QuantizedKernels;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The integer convolution inside an operator, as products: windows of x: [batch, channels, ...] become rows, filters of
 * w: [outputs, channels / group, ...] columns, packed at load where w is constant.
 */
final class IntegerConvolution {
    /** Indices of the operator's inputs. */
    record Inputs(int x, int xZeroPoint, int w, int wZeroPoint) {}

    /** Takes the sums of one item's group: int32 [positions, outputs / group]. */
    @FunctionalInterface
    interface Sink {
        void accept(int item, int group, int positions, int outputs, MemorySegment sums);
    }

    private final Inputs inputs;
    private final QuantizedKernels kernels;
    private final Attributes attributes;
    private final int groups;
    private final boolean xSigned;
    private final boolean wSigned;
    private final List<Int8Right> packed;
    private final Shape constantShape;

    private IntegerConvolution(Lowering lowering, Inputs inputs) {
        this.inputs = inputs;
        this.kernels = lowering.kernels().quantized();
        this.attributes = lowering.attributes();
        this.groups = Math.toIntExact(attributes.integer("group", 1));
        this.xSigned = IntegerProduct.isSigned(lowering, inputs.x());
        this.wSigned = IntegerProduct.isSigned(lowering, inputs.w());
        this.packed = new ArrayList<>();
        Optional<Tensor> constant = lowering.constant(inputs.w());
        this.constantShape = constant.map(Tensor::shape).orElse(Shape.SCALAR);
        constant.ifPresent(w -> packAll(w, lowering));
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
        return geometry(inference, inputs).outputType(x, w, dataType);
    }

    boolean isPacked() {
        return !packed.isEmpty();
    }

    /** The number of outputs, and with it of biases and filter scales. */
    int outputs(StepRun run) {
        return Math.toIntExact(filterShape(run).dim(0));
    }

    /** Computes the sums of every item and group. */
    void run(StepRun run, Sink sink) {
        run(run, run.input(inputs.x()), sink);
    }

    /** As above, of an x with its channels before its spatial axes. */
    void run(StepRun run, Tensor x, Sink sink) {
        Shape w = filterShape(run);
        BytePatches patches = ConvGeometry.of(attributes, w.rank() - 2).patches(x.shape(), w);
        int channels = Math.toIntExact(w.dim(1));
        int outputs = Math.toIntExact(w.dim(0)) / groups;
        int positions = Math.toIntExact(patches.positions());
        int k = Math.toIntExact(channels * patches.windowElements());
        int xZero = run.has(inputs.xZeroPoint()) ? QuantizationInputs.element(run.input(inputs.xZeroPoint()), 0) : 0;
        MemorySegment rows = run.scratch((long) positions * k);
        MemorySegment leftMemory = run.scratch(kernels.leftBytes(positions, k));
        MemorySegment scratch = run.scratch(kernels.scratchBytes(positions, k, outputs));
        MemorySegment sums = run.scratch(4L * positions * outputs);
        MemorySegment columnMemory = run.scratch(isPacked() ? 0 : (long) k * outputs);
        MemorySegment rightMemory = run.scratch(isPacked() ? 0 : kernels.rightBytes(k, outputs));
        for (int group = 0; group < groups; group++) {
            Int8Right right =
                    isPacked() ? packed.get(group) : pack(run.input(inputs.w()), group, columnMemory, rightMemory);
            ZeroPoints wZero = QuantizationInputs.operand(run, inputs.wZeroPoint(), outputs, group);
            for (int item = 0; item < x.shape().dim(0); item++) {
                long first = ((long) item * groups + group) * channels * patches.channelElements();
                patches.fill(x.segment(), first, channels, (byte) xZero, rows);
                Int8Left left = kernels.left(xSigned, positions, k, rows, leftMemory, run.workers());
                kernels.multiply(left, ZeroPoints.uniform(xZero), right, wZero, sums, scratch, run.workers());
                sink.accept(item, group, positions, outputs, sums);
            }
        }
    }

    private void packAll(Tensor w, Lowering lowering) {
        int n = Math.toIntExact(w.shape().dim(0)) / groups;
        int k = Math.toIntExact(w.shape().elements(1, w.shape().rank()));
        try (NativeMemory columns = NativeMemory.allocate((long) k * n)) {
            for (int group = 0; group < groups; group++) {
                MemorySegment memory = lowering.constantMemory(kernels.rightBytes(k, n));
                packed.add(pack(w, group, columns.segment(), memory));
            }
        }
    }

    /** Packs the filters of a group: its rows of w become columns. */
    private Int8Right pack(Tensor w, int group, MemorySegment columns, MemorySegment memory) {
        int n = Math.toIntExact(w.shape().dim(0)) / groups;
        int k = Math.toIntExact(w.shape().elements(1, w.shape().rank()));
        for (int j = 0; j < n; j++) {
            long from = ((long) group * n + j) * k;
            for (int i = 0; i < k; i++) {
                byte value = w.segment().get(ValueLayout.JAVA_BYTE, from + i);
                columns.set(ValueLayout.JAVA_BYTE, (long) i * n + j, value);
            }
        }
        return kernels.right(wSigned, k, n, columns, memory);
    }

    private Shape filterShape(StepRun run) {
        return isPacked() ? constantShape : run.input(inputs.w()).shape();
    }

    private static ConvGeometry geometry(Inference inference, Inputs inputs) {
        return ConvGeometry.of(
                inference.attributes(), inference.type(inputs.w()).rank() - 2);
    }
}
