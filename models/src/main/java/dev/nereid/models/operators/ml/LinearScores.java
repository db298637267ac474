package dev.nereid.models.operators.ml;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Products of rows of features with constant vectors: {@code y[i,j] = sum over k of x[i,k] * vectors[j,k]}. */
final class LinearScores {
    private final MatMulKernels kernels;
    private final PackedMatrix vectors;

    private LinearScores(MatMulKernels kernels, PackedMatrix vectors) {
        this.kernels = kernels;
        this.vectors = vectors;
    }

    /**
     * Packs the vectors.
     *
     * @param vectors [count, features], of the attribute {@code name}
     * @throws ModelFormatException if the numbers do not make {@code count} vectors
     */
    static LinearScores of(Lowering lowering, String name, List<Float> vectors, int count) {
        if (count < 1 || vectors.isEmpty() || vectors.size() % count != 0) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected numbers for " + count + " vectors, got " + vectors.size());
        }
        int features = vectors.size() / count;
        MatMulKernels kernels = lowering.kernels().matMul();
        MemorySegment memory = lowering.constantMemory(kernels.packedBytes(features, count));
        try (NativeMemory copy = NativeMemory.allocate(4L * vectors.size())) {
            for (int i = 0; i < vectors.size(); i++) {
                copy.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, vectors.get(i));
            }
            Matrix matrix = Matrix.of(copy.segment(), count, features).transposed();
            return new LinearScores(kernels, kernels.pack(matrix, memory));
        }
    }

    int count() {
        return vectors.columns();
    }

    /**
     * Computes the products.
     *
     * @param features of x: float32 [rows, features]
     * @param y float32 [rows, count]
     */
    void run(StepRun run, int rows, int features, MemorySegment x, MemorySegment y) {
        if (features != vectors.rows()) {
            throw new IllegalArgumentException(
                    "input 0: expected rows of " + vectors.rows() + " features, got " + features);
        }
        Matrix a = Matrix.of(x, rows, features);
        Matrix c = Matrix.of(y, rows, vectors.columns());
        MemorySegment scratch = run.scratch(kernels.scratchBytes(rows, vectors));
        kernels.multiply(a, vectors, c, Epilogue.NONE, scratch, run.workers());
    }
}
