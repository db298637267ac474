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
import java.util.List;
import java.util.Optional;

/**
 * Linear functions of rows of features: {@code y[i,j] = intercepts[j] + sum over k of x[i,k] * vectors[j,k]}, the intercepts
 * being optional.
 */
final class LinearScores {
    private final MatMulKernels kernels;
    private final PackedMatrix vectors;
    private final Optional<MemorySegment> intercepts;

    private LinearScores(MatMulKernels kernels, PackedMatrix vectors, Optional<MemorySegment> intercepts) {
        this.kernels = kernels;
        this.vectors = vectors;
        this.intercepts = intercepts;
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
            ConstantFloats.write(vectors, copy.segment());
            Matrix matrix = Matrix.of(copy.segment(), count, features).transposed();
            return new LinearScores(kernels, kernels.pack(matrix, memory), Optional.empty());
        }
    }

    /**
     * These functions with intercepts.
     *
     * @param numbers one a function, or none at all for zeros
     */
    LinearScores withIntercepts(Lowering lowering, List<Float> numbers) {
        return numbers.isEmpty()
                ? this
                : new LinearScores(kernels, vectors, Optional.of(ConstantFloats.of(lowering, numbers)));
    }

    int count() {
        return vectors.columns();
    }

    int features() {
        return vectors.rows();
    }

    /**
     * Computes the functions.
     *
     * @param features of x: float32 [rows, features]
     * @param y float32 [rows, count]
     */
    void run(StepRun run, int rows, int features, MemorySegment x, MemorySegment y) {
        if (features != vectors.rows()) {
            throw new IllegalArgumentException(
                    "input 0: expected rows of " + vectors.rows() + " features, got " + features);
        }
        int count = vectors.columns();
        Epilogue epilogue = intercepts
                .map(numbers -> Epilogue.NONE.withAddend(Matrix.repeatedRow(numbers, 0, rows, count)))
                .orElse(Epilogue.NONE);
        MemorySegment scratch = run.scratch(kernels.scratchBytes(rows, vectors));
        kernels.multiply(
                Matrix.of(x, rows, features), vectors, Matrix.of(y, rows, count), epilogue, scratch, run.workers());
    }
}
