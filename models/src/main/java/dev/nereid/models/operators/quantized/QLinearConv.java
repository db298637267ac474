package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * ONNX and com.microsoft QLinearConv: the convolution of quantised operands, quantised again:
 * {@code y = saturate(round((sum + B) * x_scale * w_scale / y_scale) + y_zero_point)}. The filters may have a scale and a
 * zero point each; the bias is int32. With Microsoft's attribute {@code channels_last} images are [batch, spatial...,
 * channels].
 */
public final class QLinearConv implements Operator {
    private static final int X = 0;
    public static final int X_SCALE = 1;
    private static final int W = 3;
    public static final int W_SCALE = 4;
    public static final int Y_SCALE = 6;
    public static final int Y_ZERO_POINT = 7;
    public static final int BIAS = 8;
    public static final IntegerConvolution.Inputs INPUTS = new IntegerConvolution.Inputs(X, 2, W, 5);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        IntegerProduct.isSigned(inference, Y_ZERO_POINT);
        boolean last = ChannelsLastImages.isAskedFor(inference.attributes());
        TensorType x = last ? ChannelsLastImages.channelsFirst(inference.type(X)) : inference.type(X);
        TensorType y = IntegerConvolution.outputType(
                inference, INPUTS, x, inference.type(Y_ZERO_POINT).dataType());
        return List.of(last ? ChannelsLastImages.channelsLast(y) : y);
    }

    @Override
    public void lower(Lowering lowering) {
        KernelSet kernels = lowering.kernels();
        boolean last = ChannelsLastImages.isAskedFor(lowering.attributes());
        IntegerConvolution convolution = IntegerConvolution.of(lowering, INPUTS);
        boolean signed = IntegerProduct.isSigned(lowering, Y_ZERO_POINT);
        int[] read = IntStream.rangeClosed(0, BIAS)
                .filter(input -> input != W || !convolution.isPacked())
                .toArray();
        Optional<MemorySegment> multipliers = convolution.packedOutputs().flatMap(n -> multipliers(lowering, n));
        lowering.stepReading(read, run -> run(run, kernels, convolution, multipliers, signed, last));
    }

    /** What sums are multiplied by, where all scales are constants. */
    private static Optional<MemorySegment> multipliers(Lowering lowering, int outputs) {
        Optional<Tensor> x = lowering.constant(X_SCALE);
        Optional<Tensor> w = lowering.constant(W_SCALE);
        Optional<Tensor> y = lowering.constant(Y_SCALE);
        if (x.isEmpty() || w.isEmpty() || y.isEmpty()) {
            return Optional.empty();
        }
        MemorySegment memory = lowering.constantMemory(4L * outputs);
        boolean uniform = w.get().shape().elements() == 1;
        write(x.get().segment(), w.get().segment(), uniform, y.get().segment(), outputs, memory);
        return Optional.of(memory);
    }

    private static void run(
            StepRun run,
            KernelSet all,
            IntegerConvolution convolution,
            Optional<MemorySegment> multipliers,
            boolean signed,
            boolean last) {
        QuantizationKernels kernels = all.quantized().quantization();
        int channels = convolution.outputs(run);
        // The kernels read so many of them, whatever there are.
        QuantizationInputs.requireOne(run, X_SCALE);
        QuantizationInputs.requireOneOrEach(run, W_SCALE, channels);
        QuantizationInputs.requireOne(run, Y_SCALE);
        QuantizationInputs.requireEach(run, BIAS, channels);
        Requantization requantization = new Requantization(
                run.has(BIAS) ? run.input(BIAS).segment() : QuantizationInputs.zeros(run, channels),
                multipliers.orElseGet(() -> multipliers(run, kernels, channels)),
                signed,
                QuantizationInputs.element(run.input(Y_ZERO_POINT), 0));
        Tensor y = run.output(0);
        if (last) {
            convolution.run(run, run.input(X), Optional.of(requantization), y.segment());
            return;
        }
        MemorySegment bytes = run.scratch(Math.max(1, y.byteSize()));
        Tensor x = ChannelsLastImages.channelsLast(run, all.layout(), run.input(X));
        convolution.run(run, x, Optional.of(requantization), bytes);
        ChannelsLastImages.copyChannelsFirst(run, all.layout(), bytes, y);
    }

    private static MemorySegment multipliers(StepRun run, QuantizationKernels kernels, int outputs) {
        MemorySegment multipliers = run.scratch(4L * outputs);
        write(
                QuantizationInputs.floats(run, X_SCALE, kernels),
                QuantizationInputs.floats(run, W_SCALE, kernels),
                run.input(W_SCALE).shape().elements() == 1,
                QuantizationInputs.floats(run, Y_SCALE, kernels),
                outputs,
                multipliers);
        return multipliers;
    }

    /** @param uniform whether the filters have one scale for all */
    private static void write(
            MemorySegment xScale,
            MemorySegment wScales,
            boolean uniform,
            MemorySegment yScale,
            int outputs,
            MemorySegment multipliers) {
        for (int j = 0; j < outputs; j++) {
            float wScale = wScales.get(FLOAT, uniform ? 0 : 4L * j);
            multipliers.set(FLOAT, 4L * j, xScale.get(FLOAT, 0) * wScale / yScale.get(FLOAT, 0));
        }
    }
}
