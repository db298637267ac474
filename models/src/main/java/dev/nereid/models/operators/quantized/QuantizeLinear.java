package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.kernels.quantized.QuantizeTypes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX QuantizeLinear: {@code y = saturate(round(x / y_scale) + y_zero_point)}, with one scale, one a channel of
 * {@code axis}, or one a block of {@code block_size} channels.
 */
public final class QuantizeLinear implements Operator {
    public static final int X = 0;
    public static final int SCALE = 1;
    public static final int ZERO_POINT = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(inference.type(X).withDataType(outputType(inference)));
    }

    @Override
    public void lower(Lowering lowering) {
        long axis = lowering.attributes().integer("axis", 1);
        long blockSize = lowering.attributes().integer("block_size", 0);
        long precision = lowering.attributes().integer("precision", 0);
        DataType scaleType = lowering.type(SCALE).dataType();
        QuantizeTypes types = new QuantizeTypes(
                lowering.type(X).dataType(),
                precision == 0 ? roundedTo(scaleType) : OnnxTypes.dataType(precision),
                outputType(lowering),
                lowering.attributes().integer("saturate", 1) != 0);
        QuantizationKernels kernels = lowering.kernels().quantized().quantization();
        lowering.step(run -> {
            Tensor x = run.input(X);
            QuantizationGrid grid =
                    QuantizationInputs.grid(x.shape(), run.input(SCALE).shape(), axis, blockSize);
            kernels.quantize(
                    grid,
                    types,
                    x.segment(),
                    QuantizationInputs.floats(run, SCALE, kernels),
                    QuantizationInputs.zeroPoints(run, ZERO_POINT, grid.scales(), kernels),
                    run.output(0).segment());
        });
    }

    /** The quotient has the scale's type; an exponent alone is no type to compute in. */
    private static DataType roundedTo(DataType scaleType) {
        return scaleType == DataType.FP16 || scaleType == DataType.BF16 ? scaleType : DataType.FP32;
    }

    public static DataType outputType(Inference inference) {
        if (inference.has(ZERO_POINT)) {
            return inference.type(ZERO_POINT).dataType();
        }
        long type = inference.attributes().integer("output_dtype", 0);
        return type == 0 ? DataType.UINT8 : OnnxTypes.dataType(type);
    }
}
