package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.device.DeviceQuantized;
import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.models.device.lowering.DeviceRun;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.DeviceOperator;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * com.microsoft MatMulIntegerToFloat: the product of two quantised operands as FP32,
 * {@code (A - a_zero_point) * (B - b_zero_point) * a_scale * b_scale + bias}. The scale and zero point of B are for all of it
 * or one a column.
 */
final class MatMulIntegerToFloat implements DeviceOperator {
    private static final int B = 1;
    private static final int A_SCALE = 2;
    private static final int B_SCALE = 3;
    private static final int BIAS = 6;
    private static final IntegerProduct.Inputs INPUTS = new IntegerProduct.Inputs(0, 4, B, 5);

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

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        boolean fits = DeviceQuantization.fits(node, INPUTS)
                && node.type(A_SCALE).dataType() == DataType.FP32
                && node.type(B_SCALE).dataType() == DataType.FP32;
        if (!fits) {
            return Optional.empty();
        }
        List<Integer> reads = List.of(0, B, A_SCALE, B_SCALE, 4, 5, BIAS);
        return Optional.of(DeviceStep.computing(reads, MatMulIntegerToFloat::scratchBytes, run -> {
            DeviceQuantized.Product product = DeviceQuantization.product(run, INPUTS);
            run.kernels()
                    .quantized()
                    .multiplyScaled(
                            product,
                            DeviceQuantization.scaling(run, A_SCALE, B_SCALE, product.n()),
                            DeviceQuantization.bias(run, BIAS, product.n()),
                            run.output(0).address(),
                            run.scratch());
        }));
    }

    private static long scratchBytes(DeviceRun run) {
        Shape a = run.input(0).shape();
        Shape b = run.input(B).shape();
        int rows = Math.toIntExact(a.elements(0, a.rank() - 1));
        return run.kernels().quantized().scaledBytes(rows, Math.toIntExact(b.dim(1)), Math.toIntExact(b.dim(0)));
    }

    private static void run(StepRun run, QuantizationKernels kernels, IntegerProduct product) {
        MatMulShape shape = product.shape(run);
        SumScaling scaling = SumScaling.of(run, kernels, A_SCALE, B_SCALE, BIAS, shape.n());
        product.run(run, shape, scaling.inProduct(), run.output(0).segment());
    }
}
