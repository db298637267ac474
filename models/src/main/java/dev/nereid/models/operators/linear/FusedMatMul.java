package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * dev.nereid.FusedMatMul, which passes emit: {@code y = activation(a * b + bias) + residual}.
 *
 * <p>Inputs: a: [..., k] of {@code FP32}; b: a constant [k, n]; bias, optional: [n]; residual, optional: the shape of y.
 * Output: y: [..., n]. Attributes: see {@link FusedActivation}.
 */
public final class FusedMatMul implements Operator {
    public static final int BIAS = 2;
    public static final int RESIDUAL = 3;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(MatMulShape.type(inference.type(0), inference.type(1)));
    }

    @Override
    public void lower(Lowering lowering) {
        PackedMatrix weights = PackedConstantMatrix.pack(lowering, 1, false)
                .orElseThrow(() -> new ModelFormatException("expected a constant matrix of FP32 as input 1"));
        MatMulKernels kernels = lowering.kernels().matMul();
        Activation activation = FusedActivation.of(lowering.attributes());
        Optional<Tensor> bias = lowering.constant(BIAS).map(tensor -> Constants.copy(lowering, tensor));
        boolean hasBias = lowering.has(BIAS);
        boolean hasResidual = lowering.has(RESIDUAL);
        lowering.stepReading(read(hasBias && bias.isEmpty(), hasResidual), run -> {
            Matrix a = PackedConstantMatrix.flat(run.input(0));
            Matrix c = Matrix.of(run.output(0).segment(), a.rows(), weights.columns());
            Epilogue epilogue = Epilogue.NONE.withActivation(activation);
            if (hasBias) {
                Tensor row = bias.orElseGet(() -> run.input(BIAS));
                epilogue = epilogue.withAddend(Matrix.repeatedRow(row.segment(), 0, a.rows(), weights.columns()));
            }
            if (hasResidual) {
                epilogue = epilogue.withResidual(PackedConstantMatrix.flat(run.input(RESIDUAL)));
            }
            MemorySegment scratch = run.scratch(kernels.scratchBytes(a.rows(), weights));
            kernels.multiply(a, weights, c, epilogue, scratch, run.workers());
        });
    }

    private static int[] read(boolean bias, boolean residual) {
        if (bias) {
            return residual ? new int[] {0, BIAS, RESIDUAL} : new int[] {0, BIAS};
        }
        return residual ? new int[] {0, RESIDUAL} : new int[] {0};
    }
}
