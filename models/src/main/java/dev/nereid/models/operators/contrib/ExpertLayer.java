package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** The products of one layer of all experts: {@code y = a * transposed(w[expert]) + bias}, in {@code FP32}. */
interface ExpertLayer {
    /** Bytes of scratch memory that a product of so many rows needs. */
    long scratchBytes(int rows, Workers workers);

    /**
     * One product.
     *
     * @param a [rows, columns of w]
     * @param bias with a number for each row of w
     * @param y [rows, rows of w]
     * @param scratch memory of {@link #scratchBytes}, aligned to 64 bytes
     */
    void multiply(int expert, Matrix a, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, Workers workers);

    private static Epilogue epilogue(Optional<MemorySegment> bias, Matrix y) {
        return bias.map(row -> Epilogue.NONE.withAddend(Matrix.repeatedRow(row, 0, y.rows(), y.columns())))
                .orElse(Epilogue.NONE);
    }

    /** Constant weights, packed. */
    record Packed(MatMulKernels kernels, List<PackedMatrix> weights) implements ExpertLayer {
        public Packed {
            weights = List.copyOf(weights);
        }

        @Override
        public long scratchBytes(int rows, Workers workers) {
            return kernels.scratchBytes(rows, weights.getFirst());
        }

        @Override
        public void multiply(
                int expert, Matrix a, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, Workers workers) {
            kernels.multiply(a, weights.get(expert), y, epilogue(bias, y), scratch, workers);
        }
    }

    /** Constant n-bit weights. */
    record Blocks(BlockwiseKernels kernels, List<BlockwiseMatrix> weights, BlockwiseKernels.Left left)
            implements ExpertLayer {
        public Blocks {
            weights = List.copyOf(weights);
        }

        @Override
        public long scratchBytes(int rows, Workers workers) {
            return kernels.scratchBytes(rows, weights.getFirst(), left, workers);
        }

        @Override
        public void multiply(
                int expert, Matrix a, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, Workers workers) {
            kernels.multiply(a, weights.get(expert), left, bias, y, scratch, workers);
        }
    }

    /** Weights that come with a run: dense [experts, n, k]. */
    record Dense(MatMulKernels kernels, MemorySegment weights, int n, int k) implements ExpertLayer {
        private Matrix right(int expert) {
            return Matrix.of(weights, (long) expert * n * k, n, k).transposed();
        }

        @Override
        public long scratchBytes(int rows, Workers workers) {
            return kernels.scratchBytes(Matrix.of(MemorySegment.NULL, rows, k), right(0));
        }

        @Override
        public void multiply(
                int expert, Matrix a, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, Workers workers) {
            kernels.multiply(a, right(expert), y, epilogue(bias, y), scratch, workers);
        }
    }

    /**
     * N-bit weights that come with a run, worked out expert by expert.
     *
     * @param weights those of an expert: [n, k]
     * @param room for those of one: [n, k]
     */
    record WorkedOut(MatMulKernels kernels, IntFunction<NBitMatrix> weights, MemorySegment room, int n, int k)
            implements ExpertLayer {
        @Override
        public long scratchBytes(int rows, Workers workers) {
            return kernels.scratchBytes(
                    Matrix.of(MemorySegment.NULL, rows, k),
                    Matrix.of(room, n, k).transposed());
        }

        @Override
        public void multiply(
                int expert, Matrix a, Optional<MemorySegment> bias, Matrix y, MemorySegment scratch, Workers workers) {
            NBitMatrix matrix = weights.apply(expert);
            float[] values = new float[k];
            for (int row = 0; row < n; row++) {
                matrix.read(row, values);
                MemorySegment.copy(values, 0, room, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row * k, k);
            }
            kernels.multiply(a, Matrix.of(room, n, k).transposed(), y, epilogue(bias, y), scratch, workers);
        }
    }
}
