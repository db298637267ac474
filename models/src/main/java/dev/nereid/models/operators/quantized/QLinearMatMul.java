package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.quantized.QuantizationKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.linear.MatMulShape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX QLinearMatMul: the product of two quantised operands, quantised again:
 * {@code y = saturate(round(sum * a_scale * b_scale / y_scale) + y_zero_point)}. Scales and zero points are for all of an
 * operand, or for each row of A and column of B.
 */
public final class QLinearMatMul implements Operator {
    public static final int A_SCALE = 1;
    public static final int B_SCALE = 4;
    public static final int Y_SCALE = 6;
    public static final int Y_ZERO_POINT = 7;
    private static final int[] ALL = {0, 1, 2, 3, 4, 5, 6, 7};
    private static final int[] ALL_BUT_B = {0, 1, 2, 4, 5, 6, 7};
    public static final IntegerProduct.Inputs INPUTS = new IntegerProduct.Inputs(0, 2, 3, 5);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        IntegerProduct.isSigned(inference, Y_ZERO_POINT);
        return List.of(IntegerProduct.outputType(
                inference, INPUTS, inference.type(Y_ZERO_POINT).dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        QuantizationKernels kernels = lowering.kernels().quantized().quantization();
        IntegerProduct product = IntegerProduct.of(lowering, INPUTS);
        boolean signed = IntegerProduct.isSigned(lowering, Y_ZERO_POINT);
        lowering.stepReading(product.isPacked() ? ALL_BUT_B : ALL, run -> run(run, kernels, product, signed));
    }

    private static void run(StepRun run, QuantizationKernels kernels, IntegerProduct product, boolean signed) {
        MatMulShape shape = product.shape(run);
        int m = shape.m();
        int n = shape.n();
        int products = shape.aOffsets().length;
        MemorySegment sums = run.scratch(4L * products * m * n);
        product.run(run, shape, sums);

        MemorySegment aScale = QuantizationInputs.floats(run, A_SCALE, kernels);
        MemorySegment bScale = QuantizationInputs.floats(run, B_SCALE, kernels);
        long aScales = run.input(A_SCALE).shape().elements();
        long bScales = run.input(B_SCALE).shape().elements();
        float yScale = single(run, Y_SCALE, kernels);
        int zeroPoint = QuantizationInputs.element(run.input(Y_ZERO_POINT), 0);
        MemorySegment noBias = QuantizationInputs.zeros(run, n);
        MemorySegment multipliers = run.scratch(4L * n);
        MemorySegment y = run.output(0).segment();
        // One step for rows that share a scale.
        int rows = aScales == 1 ? m : 1;
        for (int i = 0; i < products; i++) {
            for (int row = 0; row < m; row += rows) {
                long rowScale = aScales == 1 ? 0 : aScales == m ? row : (long) IntegerProduct.left(shape, i) * m + row;
                for (int j = 0; j < n; j++) {
                    long columnScale =
                            bScales == 1 ? 0 : bScales == n ? j : (long) IntegerProduct.right(shape, i) * n + j;
                    float scale = aScale.get(FLOAT, 4 * rowScale) * bScale.get(FLOAT, 4 * columnScale);
                    multipliers.set(FLOAT, 4L * j, scale / yScale);
                }
                long at = ((long) i * m + row) * n;
                kernels.requantize(
                        rows, n, sums.asSlice(4 * at), noBias, multipliers, signed, zeroPoint, y.asSlice(at));
            }
        }
    }

    private static float single(StepRun run, int input, QuantizationKernels kernels) {
        Tensor tensor = run.input(input);
        if (tensor.shape().elements() != 1) {
            throw new ModelFormatException("y_scale is expected to be a single number, got shape " + tensor.shape());
        }
        return QuantizationInputs.floats(run, input, kernels).get(FLOAT, 0);
    }
}
