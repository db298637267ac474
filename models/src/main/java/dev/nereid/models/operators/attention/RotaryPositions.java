package dev.nereid.models.operators.attention;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.attention.RotaryAngles;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Rotary position embedding (RoPE): rotates pairs of elements of a vector by angles that depend on its token's position.
 *
 * @param kernels for {@code FP32}
 * @param type of the vectors' elements, {@code FP32} or {@code FP64}
 * @param cosines rows of {@code rotated / 2} of any float datatype, one for a position; so are {@code sines}
 * @param rotated the first elements of a vector, which are turned; the rest stays
 * @param interleaved whether pairs are neighbours; else the second element of each is half of {@code rotated} away
 */
public record RotaryPositions(
        AttentionKernels kernels, DataType type, Tensor cosines, Tensor sines, int rotated, boolean interleaved) {
    /** The base of the rotary frequencies. */
    private static final double BASE = 10_000;

    /** Heads that are rotated together: in some layouts each is a memory stream of its own. */
    private static final int HEADS = 8;

    /** Elements that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1 << 18;

    /** Angles worked out for tokens that follow each other, a row for each; pairs are half of {@code rotated} apart. */
    static RotaryPositions of(
            AttentionKernels kernels, StepRun run, DataType type, int firstPosition, int tokens, int rotated) {
        Shape shape = Shape.of(tokens, rotated / 2);
        Tensor cosines = Tensor.of(type, shape, run.scratch(Math.max(8, shape.elements() * type.bytes())));
        Tensor sines = Tensor.of(type, shape, run.scratch(Math.max(8, shape.elements() * type.bytes())));
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < rotated / 2; i++) {
                double angle = (firstPosition + token) * Math.pow(BASE, -2.0 * i / rotated);
                RealNumbers.set(cosines, (long) token * (rotated / 2) + i, Math.cos(angle));
                RealNumbers.set(sines, (long) token * (rotated / 2) + i, Math.sin(angle));
            }
        }
        return new RotaryPositions(kernels, type, cosines, sines, rotated, false);
    }

    /**
     * Rotates the vectors of every head; y may be x.
     *
     * @param rows the row of angles of each token: [batch, tokens]
     */
    void turn(StepRun run, TokenVectors x, TokenVectors y, int batch, int heads, int tokens, int size, long[] rows) {
        if (type == DataType.FP32) {
            turnFloats(run, x.heads(), y.heads(), batch, heads, tokens, size, rows);
        } else {
            turnDoubles(x, y, batch, heads, tokens, size, rows);
        }
    }

    private void turnFloats(StepRun run, Heads x, Heads y, int batch, int heads, int tokens, int size, long[] rows) {
        int half = rotated / 2;
        boolean direct = cosines.dataType() == DataType.FP32 && sines.dataType() == DataType.FP32;
        MemorySegment row = run.scratch(direct ? 0 : 2L * half * Float.BYTES);
        int count = batch * tokens;
        int blocks = Math.ceilDiv(heads, HEADS);
        long work = (long) count * heads * size;
        int shares = direct && work >= WORTH_SPLITTING ? Math.min(run.workers().count(), count) : 1;
        (shares == 1 ? Workers.single() : run.workers()).run(shares, share -> {
            int from = (int) ((long) count * share / shares);
            int to = (int) ((long) count * (share + 1) / shares);
            for (int block = 0; block < blocks; block++) {
                int first = block * HEADS;
                int taken = Math.min(HEADS, heads - first);
                for (int at = from; at < to; at++) {
                    RotaryAngles angles = direct
                            ? new RotaryAngles(cosines.segment(), sines.segment(), rows[at] * half, half, interleaved)
                            : widened(rows[at], row);
                    kernels.rotate(x, y, at / tokens, at % tokens, first, taken, size, angles);
                }
            }
        });
    }

    /** The angles of a row as floats, in {@code memory}. */
    private RotaryAngles widened(long row, MemorySegment memory) {
        int half = rotated / 2;
        MemorySegment second = memory.asSlice((long) half * Float.BYTES);
        for (int i = 0; i < half; i++) {
            ComputeElements.set(memory, DataType.FP32, i, RealNumbers.at(cosines, row * half + i));
            ComputeElements.set(second, DataType.FP32, i, RealNumbers.at(sines, row * half + i));
        }
        return new RotaryAngles(memory, second, 0, half, interleaved);
    }

    private void turnDoubles(TokenVectors x, TokenVectors y, int batch, int heads, int tokens, int size, long[] rows) {
        int half = rotated / 2;
        double[] cosine = new double[half];
        double[] sine = new double[half];
        for (int item = 0; item < batch; item++) {
            for (int token = 0; token < tokens; token++) {
                long row = rows[item * tokens + token];
                for (int i = 0; i < half; i++) {
                    cosine[i] = RealNumbers.at(cosines, row * half + i);
                    sine[i] = RealNumbers.at(sines, row * half + i);
                }
                for (int head = 0; head < heads; head++) {
                    turn(x.segment(), x.index(item, head, token), y, y.index(item, head, token), size, cosine, sine);
                }
            }
        }
    }

    private void turn(
            MemorySegment x, long from, TokenVectors target, long to, int size, double[] cosine, double[] sine) {
        MemorySegment y = target.segment();
        for (int i = 0; i < cosine.length; i++) {
            int first = interleaved ? 2 * i : i;
            int second = interleaved ? 2 * i + 1 : i + cosine.length;
            double real = ComputeElements.get(x, type, from + first);
            double imaginary = ComputeElements.get(x, type, from + second);
            ComputeElements.set(y, type, to + first, cosine[i] * real - sine[i] * imaginary);
            ComputeElements.set(y, type, to + second, sine[i] * real + cosine[i] * imaginary);
        }
        for (int i = rotated; i < size; i++) {
            ComputeElements.set(y, type, to + i, ComputeElements.get(x, type, from + i));
        }
    }
}
