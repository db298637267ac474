package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.QuantizationGrid;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX DequantizeLinear: {@code y = (x - x_zero_point) * x_scale}, with one scale, one a channel of {@code axis}, or one
 * a block of {@code block_size} channels.
 */
public final class DequantizeLinear implements Operator {
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
        DataType from = lowering.type(X).dataType();
        DataType to = outputType(lowering);
        QuantizationKernels kernels = lowering.kernels().quantized().quantization();
        lowering.step(run -> {
            Tensor x = run.input(X);
            QuantizationGrid grid =
                    QuantizationInputs.grid(x.shape(), run.input(SCALE).shape(), axis, blockSize);
            kernels.dequantize(
                    grid,
                    from,
                    to,
                    x.segment(),
                    QuantizationInputs.floats(run, SCALE, kernels),
                    QuantizationInputs.zeroPoints(run, ZERO_POINT, grid.scales(), kernels),
                    run.output(0).segment());
        });
    }

    public static DataType outputType(Inference inference) {
        long type = inference.attributes().integer("output_dtype", 0);
        if (type != 0) {
            return OnnxTypes.dataType(type);
        }
        DataType scale = inference.type(SCALE).dataType();
        return scale == DataType.FLOAT8E8M0 ? DataType.FP32 : scale;
    }
}
