package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteArithmeticKernels;
import dev.nereid.kernels.quantized.QuantizedBytes;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import java.util.List;

/**
 * dev.nereid.QuantizedAdd and QuantizedMul, which passes emit: Add and Mul of two quantised tensors of one shape, quantised
 * again.
 *
 * <p>Inputs as those of com.microsoft.QLinearAdd: A, its scale and zero point, B, its scale and zero point, and the scale and
 * zero point of the result, whose type is the last one's. Scales and zero points have one element each.
 */
record QuantizedBinary(Kernel kernel) implements Operator {
    private static final int B = 3;
    private static final int Y_SCALE = 6;
    private static final int Y_ZERO_POINT = 7;

    /** A method of the kernels. */
    interface Kernel {
        void run(
                ByteArithmeticKernels kernels,
                long count,
                QuantizedBytes a,
                QuantizedBytes b,
                QuantizedBytes y,
                Workers workers);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType a = inference.type(0);
        TensorType b = inference.type(B);
        if (a.hasRank() && b.hasRank() && a.rank() != b.rank()) {
            throw new ModelFormatException(
                    inference.node().describe() + ": expected tensors of one shape, got " + a + " and " + b);
        }
        return List.of(a.withDataType(inference.type(Y_ZERO_POINT).dataType()));
    }

    @Override
    public void lower(Lowering lowering) {
        ByteArithmeticKernels kernels = lowering.kernels().quantized().arithmetic();
        lowering.step(run -> {
            if (!run.input(0).shape().equals(run.input(B).shape())) {
                throw new IllegalArgumentException("expected tensors of one shape, got "
                        + run.input(0).shape() + " and " + run.input(B).shape());
            }
            kernel.run(
                    kernels,
                    run.input(0).shape().elements(),
                    QuantizationInputs.bytes(run, run.input(0), 1, 2),
                    QuantizationInputs.bytes(run, run.input(B), B + 1, B + 2),
                    QuantizationInputs.bytes(run, run.output(0), Y_SCALE, Y_ZERO_POINT),
                    run.workers());
        });
    }
}
