package dev.nereid.models.operators.linear;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.MatrixBatch;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ONNX MatMul: {@code y = a * b} as NumPy's matmul.
 *
 * <p>a: [..., m, k] or [k]; b: [..., k, n] or [k]; y: [..., m, n].
 */
public final class MatMul implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(MatMulShape.type(inference.type(0), inference.type(1)));
    }

    @Override
    public void lower(Lowering lowering) {
        MatMulKernels kernels = lowering.kernels().matMul();
        Optional<PackedMatrix> weights = PackedConstantMatrix.pack(lowering, 1, false);
        if (weights.isPresent()) {
            PackedMatrix packed = weights.get();
            lowering.stepReading(new int[] {0}, run -> {
                Matrix a = PackedConstantMatrix.flat(run.input(0));
                Matrix c = Matrix.of(run.output(0).segment(), a.rows(), packed.columns());
                MemorySegment scratch = run.scratch(kernels.scratchBytes(a.rows(), packed));
                kernels.multiply(a, packed, c, Epilogue.NONE, scratch, run.workers());
            });
        } else {
            lowering.step(run -> multiply(kernels, run));
        }
    }

    private static void multiply(MatMulKernels kernels, StepRun run) {
        Tensor a = run.input(0);
        Tensor b = run.input(1);
        Tensor c = run.output(0);
        MatMulShape shape = MatMulShape.of(a.shape(), b.shape());
        MatrixBatch left = new MatrixBatch(Matrix.of(a.segment(), shape.m(), shape.k()), shape.aOffsets());
        MatrixBatch right = new MatrixBatch(Matrix.of(b.segment(), shape.k(), shape.n()), shape.bOffsets());
        MatrixBatch products = new MatrixBatch(Matrix.of(c.segment(), shape.m(), shape.n()), shape.cOffsets());
        if (a.dataType() == DataType.FP32) {
            long scratch = kernels.scratchBytes(left.first(), right.first());
            kernels.multiplyEach(left, right, products, run.scratch(scratch), run.workers());
        } else {
            for (int i = 0; i < products.size(); i++) {
                kernels.multiply(a.dataType(), left.get(i), right.get(i), products.get(i));
            }
        }
    }
}
