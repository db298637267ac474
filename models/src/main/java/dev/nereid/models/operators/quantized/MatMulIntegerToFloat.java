package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.stream.IntStream;

/**
 * com.microsoft MatMulIntegerToFloat: the product of two quantised operands as FP32,
 * {@code (A - a_zero_point) * (B - b_zero_point) * a_scale * b_scale + bias}. The scale and zero point of B are for all of it
 * or one a column.
 */
public final class MatMulIntegerToFloat implements Operator {
    public static final int B = 1;
    public static final int A_SCALE = 2;
    public static final int B_SCALE = 3;
    public static final int BIAS = 6;
    public static final IntegerProduct.Inputs INPUTS = new IntegerProduct.Inputs(0, 4, B, 5);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(IntegerProduct.outputType(inference, INPUTS, DataType.FP32));
    }

    @Override
    public void lower(Lowering lowering) {
        QuantizationKernels kernels = lowering.kernels().quantized().quantization();
        IntegerProduct product = IntegerProduct.of(lowering, INPUTS);
        int[] read = IntStream.rangeClosed(0, BIAS)
                .filter(input -> lowering.has(input) && (input != B || !product.isPacked()))
                .toArray();
        lowering.stepReading(read, run -> run(run, kernels, product));
    }

    private static void run(StepRun run, QuantizationKernels kernels, IntegerProduct product) {
        MatMulShape shape = product.shape(run);
        SumScaling scaling = SumScaling.of(run, kernels, A_SCALE, B_SCALE, BIAS, shape.n());
        product.run(run, shape, scaling.inProduct(), run.output(0).segment());
    }
}
