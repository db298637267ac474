package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.PackedWeights;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.FusedMatMul and TransposeMatMul: {@code y = alpha * a * b} as NumPy's matmul, of matrices whose axes may lie
 * otherwise. With transA the rows of a are its last axis; with transBatchA they are its first, before the axes of the
 * batch; likewise for b.
 *
 * @param bias the input with a number for each column of y, which may be left out; -1 where the operator has none
 */
record StridedMatMul(int bias) implements Operator {
    static final StridedMatMul PLAIN = new StridedMatMul(-1);

    /** The product in com.microsoft.GemmFastGelu. */
    static final StridedMatMul WITH_BIAS = new StridedMatMul(2);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType a = inference.type(0);
        TensorType b = inference.type(1);
        if (a.dataType() != b.dataType()) {
            throw new ModelFormatException("expected matrices of one datatype, got " + a + " and " + b);
        }
        if (!a.hasRank() || !b.hasRank()) {
            return List.of(TensorType.ofUnknownRank(a.dataType()));
        }
        if (a.rank() == 0 || b.rank() == 0) {
            throw new ModelFormatException("expected matrices, got " + a + " and " + b);
        }
        MatrixAxes left = MatrixAxes.left(inference.attributes(), a.rank());
        MatrixAxes right = MatrixAxes.right(inference.attributes(), b.rank());
        Dim inner = left.column() < 0 ? Dim.of(1) : a.dim(left.column());
        Dim other = right.row() < 0 ? Dim.of(1) : b.dim(right.row());
        if (inner.isKnown() && other.isKnown() && !inner.equals(other)) {
            throw new ModelFormatException("expected as many columns of " + a + " as rows of " + b);
        }
        int count = Math.max(left.batch().length, right.batch().length);
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            dims.add(Dim.broadcast(batchDim(a, left, i - count), batchDim(b, right, i - count)));
        }
        if (left.row() >= 0) {
            dims.add(a.dim(left.row()));
        }
        if (right.column() >= 0) {
            dims.add(b.dim(right.column()));
        }
        return List.of(TensorType.of(a.dataType(), dims));
    }

    private static Dim batchDim(TensorType type, MatrixAxes axes, int fromEnd) {
        int index = axes.batch().length + fromEnd;
        return index < 0 ? Dim.of(1) : type.dim(axes.batch()[index]);
    }

    @Override
    public void lower(Lowering lowering) {
        MatMulKernels kernels = lowering.kernels().matMul();
        Attributes attributes = lowering.attributes();
        float alpha = attributes.real("alpha", 1f);
        boolean plainLeft = attributes.integer("transA", 0) == 0 && attributes.integer("transBatchA", 0) == 0;
        boolean plainBatch = attributes.integer("transBatchB", 0) == 0;
        Optional<PackedMatrix> weights =
                plainLeft && plainBatch && lowering.type(0).dataType() == DataType.FP32
                        ? PackedWeights.pack(lowering, 1, attributes.integer("transB", 0) != 0)
                        : Optional.empty();
        if (weights.isPresent()) {
            PackedMatrix packed = weights.get();
            boolean biased = bias >= 0 && lowering.has(bias);
            lowering.stepReading(biased ? new int[] {0, bias} : new int[] {0}, run -> {
                Shape shape = run.input(0).shape();
                if (shape.dim(-1) != packed.rows()) {
                    throw new IllegalArgumentException(
                            "expected " + packed.rows() + " columns, got a tensor of shape " + shape);
                }
                int rows = Math.toIntExact(shape.elements(0, shape.rank() - 1));
                Matrix a = Matrix.of(run.input(0).segment(), rows, packed.rows());
                Matrix y = Matrix.of(run.output(0).segment(), rows, packed.columns());
                MemorySegment scratch = run.scratch(kernels.scratchBytes(rows, packed));
                kernels.multiply(a, packed, y, epilogue(run, y), scratch, run.workers());
                scale(kernels, DataType.FP32, alpha, y);
            });
        } else {
            lowering.step(run -> multiply(kernels, attributes, alpha, run));
        }
    }

    private static void scale(MatMulKernels kernels, DataType type, float alpha, Matrix y) {
        if (alpha != 1f) {
            kernels.scaleAndAdd(type, alpha, y, 0f, Optional.empty());
        }
    }

    private Optional<Matrix> addend(StepRun run, Matrix y) {
        if (bias < 0 || !run.has(bias)) {
            return Optional.empty();
        }
        Tensor row = run.input(bias);
        if (row.shape().elements() != y.columns()) {
            throw new IllegalArgumentException(
                    "input " + bias + ": expected " + y.columns() + " numbers, got " + row.shape());
        }
        return Optional.of(Matrix.repeatedRow(row.segment(), 0, y.rows(), y.columns()));
    }

    private Epilogue epilogue(StepRun run, Matrix y) {
        return addend(run, y).map(Epilogue.NONE::withAddend).orElse(Epilogue.NONE);
    }

    private void multiply(MatMulKernels kernels, Attributes attributes, float alpha, StepRun run) {
        Tensor a = run.input(0);
        Tensor b = run.input(1);
        MatrixAxes left = MatrixAxes.left(attributes, a.shape().rank());
        MatrixAxes right = MatrixAxes.right(attributes, b.shape().rank());
        long[] batch = MatrixAxes.batch(a.shape(), left, b.shape(), right);
        long count = 1;
        for (long dim : batch) {
            count *= dim;
        }
        for (long i = 0; i < count; i++) {
            Matrix x = left.matrix(a, batch, i);
            Matrix w = right.matrix(b, batch, i);
            if (x.columns() != w.rows()) {
                throw new IllegalArgumentException(
                        "expected as many columns of " + a.shape() + " as rows of " + b.shape());
            }
            Matrix y = Matrix.of(run.output(0).segment(), i * x.rows() * (long) w.columns(), x.rows(), w.columns());
            if (a.dataType() == DataType.FP32) {
                MemorySegment scratch = run.scratch(kernels.scratchBytes(x, w));
                kernels.multiply(x, w, y, epilogue(run, y), scratch, run.workers());
            } else {
                kernels.multiply(a.dataType(), x, w, y);
                Optional<Matrix> addend = addend(run, y);
                if (addend.isPresent()) {
                    kernels.scaleAndAdd(a.dataType(), 1f, y, 1f, addend);
                }
            }
            scale(kernels, a.dataType(), alpha, y);
        }
    }
}
