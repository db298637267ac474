package dev.nereid.models.operators.linear;

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
import dev.nereid.models.operators.DimChecks;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Gemm: {@code y = alpha * a' * b' + beta * c}.
 *
 * <p>a: [m, k], or [k, m] with transA; b: [k, n], or [n, k] with transB; c, optional since opset 11: broadcasts to
 * [m, n].
 */
public final class Gemm implements Operator {
    /** The attributes of a node. */
    public record Settings(float alpha, float beta, boolean transposeA, boolean transposeB) {
        public static Settings of(Attributes attributes) {
            return new Settings(
                    attributes.real("alpha", 1f),
                    attributes.real("beta", 1f),
                    attributes.integer("transA", 0) != 0,
                    attributes.integer("transB", 0) != 0);
        }

        /** For weights that have been transposed. */
        public Settings withColumns() {
            return new Settings(alpha, beta, transposeA, false);
        }

        boolean scales() {
            return alpha != 1f || beta != 1f;
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType a = inference.type(0);
        TensorType b = inference.type(1);
        if ((a.hasRank() && a.rank() != 2) || (b.hasRank() && b.rank() != 2)) {
            throw new ModelFormatException("expected two matrices, got " + a + " and " + b);
        }
        Settings settings = Settings.of(inference.attributes());
        if (a.hasRank() && b.hasRank()) {
            DimChecks.dim("b", b, settings.transposeB() ? 1 : 0, a.dim(settings.transposeA() ? 0 : 1));
        }
        Dim rows = a.hasRank() ? a.dim(settings.transposeA() ? 1 : 0) : inference.unknownDim();
        Dim columns = b.hasRank() ? b.dim(settings.transposeB() ? 0 : 1) : inference.unknownDim();
        if (inference.has(2)) {
            DimChecks.broadcasts("c", inference.type(2), List.of(rows, columns));
        }
        return List.of(TensorType.of(a.dataType(), List.of(rows, columns)));
    }

    @Override
    public void lower(Lowering lowering) {
        Settings settings = Settings.of(lowering.attributes());
        MatMulKernels kernels = lowering.kernels().matMul();
        Optional<PackedMatrix> weights = settings.transposeA()
                ? Optional.empty()
                : PackedConstantMatrix.pack(lowering, 1, settings.transposeB());
        if (weights.isPresent()) {
            PackedMatrix packed = weights.get();
            int[] reads = lowering.has(2) ? new int[] {0, 2} : new int[] {0};
            lowering.stepReading(reads, run -> {
                Matrix a = PackedConstantMatrix.matrix(run.input(0), false);
                Matrix y = PackedConstantMatrix.matrix(run.output(0), false);
                checkInner(a, packed.rows(), packed.columns());
                MemorySegment scratch = run.scratch(kernels.scratchBytes(a.rows(), packed));
                kernels.multiply(a, packed, y, epilogue(settings, run, y), scratch, run.workers());
                finish(kernels, settings, run, y);
            });
            return;
        }
        Optional<Matrix> columns =
                settings.transposeB() ? PackedConstantMatrix.transposed(lowering, 1) : Optional.empty();
        if (columns.isPresent()) {
            int[] reads = lowering.has(2) ? new int[] {0, 2} : new int[] {0};
            lowering.stepReading(reads, run -> multiply(kernels, settings, run, columns.get()));
        } else {
            lowering.step(run ->
                    multiply(kernels, settings, run, PackedConstantMatrix.matrix(run.input(1), settings.transposeB())));
        }
    }

    private static void multiply(MatMulKernels kernels, Settings settings, StepRun run, Matrix b) {
        Matrix a = PackedConstantMatrix.matrix(run.input(0), settings.transposeA());
        Matrix y = PackedConstantMatrix.matrix(run.output(0), false);
        checkInner(a, b.rows(), b.columns());
        if (run.input(0).dataType() == DataType.FP32) {
            long scratch = kernels.scratchBytes(a, b);
            kernels.multiply(a, b, y, epilogue(settings, run, y), run.scratch(scratch), run.workers());
        } else {
            kernels.multiply(run.input(0).dataType(), a, b, y);
        }
        finish(kernels, settings, run, y);
    }

    private static void checkInner(Matrix a, int rows, int columns) {
        if (a.columns() != rows) {
            throw new IllegalArgumentException(
                    "no product of [" + a.rows() + "," + a.columns() + "] and [" + rows + "," + columns + "]");
        }
    }

    private static boolean addsInTheProduct(Settings settings, StepRun run) {
        return run.has(2) && !settings.scales() && run.input(0).dataType() == DataType.FP32;
    }

    private static Epilogue epilogue(Settings settings, StepRun run, Matrix y) {
        return addsInTheProduct(settings, run) ? Epilogue.NONE.withAddend(addend(run.input(2), y)) : Epilogue.NONE;
    }

    private static void finish(MatMulKernels kernels, Settings settings, StepRun run, Matrix y) {
        boolean toAdd = run.has(2) && !addsInTheProduct(settings, run);
        if (toAdd || settings.scales()) {
            Optional<Matrix> addend = toAdd ? Optional.of(addend(run.input(2), y)) : Optional.empty();
            kernels.scaleAndAdd(run.input(0).dataType(), settings.alpha(), y, settings.beta(), addend);
        }
    }

    /** The tensor c under the shape of y: axes that broadcast have stride 0. */
    private static Matrix addend(Tensor c, Matrix y) {
        long[] strides = addendStrides(c.shape(), y.rows(), y.columns());
        return new Matrix(c.segment(), 0, y.rows(), y.columns(), strides[0], strides[1]);
    }

    /** The strides of c along the rows and columns of y. */
    public static long[] addendStrides(Shape shape, long yRows, long yColumns) {
        long columns = shape.rank() == 0 ? 1 : shape.dim(-1);
        long rows = shape.rank() < 2 ? 1 : shape.dim(-2);
        if ((columns != 1 && columns != yColumns) || (rows != 1 && rows != yRows) || shape.rank() > 2) {
            throw new IllegalArgumentException(
                    "input 2: expected a shape that broadcasts to [" + yRows + "," + yColumns + "], got " + shape);
        }
        return new long[] {rows == 1 ? 0 : columns, columns == 1 ? 0 : 1};
    }
}
