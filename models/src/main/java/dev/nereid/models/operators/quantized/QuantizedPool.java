package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.quantized.ByteArithmeticKernels;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * dev.nereid.QuantizedMaxPool and QuantizedAveragePool, which passes emit: pooling of bytes.
 *
 * <p>x: [batch, spatial..., channels] of {@code INT8} or {@code UINT8}, one or two spatial axes; y: [batch, pooled...,
 * channels]. The average has four inputs more, of one element each: the scale and zero point of x, and those of the result,
 * whose type is the last one's. Attributes: those of ONNX MaxPool and AveragePool; without kernel_shape the window spans the
 * whole input, and with keepdims 0 the axes that it leaves one place of are gone.
 */
record QuantizedPool(Kind kind) implements Operator {
    private static final int Y_SCALE = 3;
    private static final int Y_ZERO_POINT = 4;

    enum Kind {
        MAX,
        MEAN
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        Attributes attributes = inference.attributes();
        DataType type =
                kind == Kind.MAX ? x.dataType() : inference.type(Y_ZERO_POINT).dataType();
        boolean keepsAxes = attributes.integer("keepdims", 1) != 0;
        return List.of(ChannelsLast.pooled(x, attributes, keepsAxes).withDataType(type));
    }

    @Override
    public void lower(Lowering lowering) {
        ByteArithmeticKernels kernels = lowering.kernels().quantized().arithmetic();
        Attributes attributes = lowering.attributes();
        lowering.step(run -> pool(kernels, attributes, run));
    }

    private void pool(ByteArithmeticKernels kernels, Attributes attributes, StepRun run) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int batch = Math.toIntExact(shape.dim(0));
        int channels = Math.toIntExact(shape.dim(-1));
        int[] input = ChannelsLast.spatial(shape);
        WindowAttributes moves = WindowAttributes.ofPool(attributes, input);
        Window window = moves.window(input);
        MemorySegment scratch = run.scratch(kernels.scratchBytes(window, channels, run.workers()));
        Tensor y = run.output(0);
        switch (kind) {
            case MAX -> {
                boolean signed = x.dataType() == DataType.INT8;
                kernels.max(window, batch, channels, signed, x.segment(), y.segment(), scratch, run.workers());
            }
            case MEAN -> {
                int[] counts = moves.mean(window, attributes.integer("count_include_pad", 0) != 0)
                        .counts(window, 0, window.rank());
                kernels.mean(
                        window,
                        batch,
                        channels,
                        QuantizationInputs.bytes(run, x, 1, 2),
                        counts,
                        QuantizationInputs.bytes(run, y, Y_SCALE, Y_ZERO_POINT),
                        scratch,
                        run.workers());
            }
        }
    }
}
