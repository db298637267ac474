package dev.nereid.kernels.scalar;

import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** Products with weights in blocks by their definition. */
public final class ScalarBlockwise implements BlockwiseKernels {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final float LARGEST = 127;

    private final boolean rounds;

    /** @param rounds whether the left side is rounded where it may be */
    public ScalarBlockwise(boolean rounds) {
        this.rounds = rounds;
    }

    @Override
    public long scratchBytes(int rows, BlockwiseMatrix b, Left left, Workers workers) {
        return 0;
    }

    @Override
    public void multiply(
            Matrix a,
            BlockwiseMatrix b,
            Left left,
            Optional<MemorySegment> bias,
            Matrix y,
            MemorySegment scratch,
            Workers workers) {
        BlockwiseKernels.check(a, b, bias, y);
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < b.n(); j++) {
                float sum = rounds && left == Left.ROUNDED ? rounded(a, i, b, j) : exact(a, i, b, j);
                float addend = bias.isPresent() ? bias.get().get(FLOAT, 4L * j) : 0;
                y.segment().set(FLOAT, Float.BYTES * y.index(i, j), sum + addend);
            }
        }
    }

    private static float exact(Matrix a, int i, BlockwiseMatrix b, int j) {
        float sum = chain(a, i, b, j, 0);
        for (int from = MatMulKernels.CHAIN; from < b.k(); from += MatMulKernels.CHAIN) {
            sum += chain(a, i, b, j, from);
        }
        return sum;
    }

    private static float chain(Matrix a, int i, BlockwiseMatrix b, int j, int from) {
        float sum = 0;
        for (int p = from; p < Math.min(b.k(), from + MatMulKernels.CHAIN); p++) {
            sum = Math.fma(ScalarMatMul.at(a, i, p), b.number(p, j) * b.scale(p, j), sum);
        }
        return sum;
    }

    private static float rounded(Matrix a, int i, BlockwiseMatrix b, int j) {
        float sum = 0;
        for (int first = 0; first < b.k(); first += b.block()) {
            int end = Math.min(first + b.block(), b.k());
            float scale = scale(a, i, first, end);
            int dot = 0;
            for (int p = first; p < end; p++) {
                dot += number(ScalarMatMul.at(a, i, p), scale) * b.number(p, j);
            }
            sum = Math.fma(dot, scale * b.scale(first, j), sum);
        }
        return sum;
    }

    private static float scale(Matrix a, int i, int first, int end) {
        float largest = 0;
        for (int p = first; p < end; p++) {
            largest = Math.max(largest, Math.abs(ScalarMatMul.at(a, i, p)));
        }
        float scale = largest / LARGEST;
        return scale < Float.MIN_NORMAL ? 0 : scale;
    }

    private static int number(float x, float scale) {
        return scale > 0 && scale <= Float.MAX_VALUE ? (int) Math.rint(x * (1 / scale)) : 0;
    }
}
