package dev.nereid.models.operators.attention;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;

/**
 * One product of matrices for each head of each item; matrices on the right belong to heads of keys.
 *
 * @param type of all elements, {@code FP32} or {@code FP64}
 */
record HeadProducts(MatMulKernels kernels, DataType type, AttentionSizes sizes) {
    /** The matrix of a head. */
    @FunctionalInterface
    interface Matrices {
        Matrix of(int item, int head);
    }

    void multiply(StepRun run, Matrices left, Matrices right, Matrices product) {
        MemorySegment scratch = MemorySegment.NULL;
        for (int item = 0; item < sizes.batch(); item++) {
            for (int head = 0; head < sizes.heads(); head++) {
                Matrix a = left.of(item, head);
                Matrix b = right.of(item, head / sizes.group());
                if (type == DataType.FP32) {
                    if (scratch.equals(MemorySegment.NULL)) {
                        scratch = run.scratch(kernels.scratchBytes(a, b));
                    }
                    kernels.multiply(a, b, product.of(item, head), Epilogue.NONE, scratch, run.workers());
                } else {
                    kernels.multiply(type, a, b, product.of(item, head));
                }
            }
        }
    }

    /** Multiplies all scores by a factor. */
    void scale(StepRun run, MemorySegment scores, double factor) {
        long elements = (long) sizes.batch() * sizes.heads() * sizes.queries() * sizes.keys();
        Parallel.elements(run.workers(), elements, type, (from, length) -> {
            for (long i = from; i < from + length; i++) {
                ComputeElements.set(scores, type, i, factor * ComputeElements.get(scores, type, i));
            }
        });
    }
}
