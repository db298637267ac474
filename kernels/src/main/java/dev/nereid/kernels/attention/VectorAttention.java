package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Attention head by head, so that a head's scores never leave the cache: two products and between them the exponentials;
 * the division by their sum waits until the second product is done, which has fewer numbers to divide.
 */
public final class VectorAttention implements AttentionKernels {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 6_000_000;

    private static final int ALIGNMENT = 64;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final MatMulKernels matMul;

    /** Attention by the products of {@code matMul}. */
    public VectorAttention(MatMulKernels matMul) {
        this.matMul = matMul;
    }

    @Override
    public long scratchBytes(AttentionShape shape, int workers) {
        return workers * Areas.bytes(shape, matMul);
    }

    @Override
    public void attend(
            AttentionShape shape,
            Heads q,
            Heads k,
            Heads v,
            float scale,
            Optional<AttentionMask> mask,
            Heads y,
            MemorySegment scratch,
            Workers workers) {
        mask.ifPresent(added -> added.checkBounds(shape));
        int matrices = shape.matrices();
        long work = (long) matrices * shape.queries() * shape.keys() * (shape.size() + shape.valueSize());
        int parts = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), matrices);
        Workers taking = parts == 1 ? Workers.single() : workers;
        taking.run(parts, part -> {
            long bytes = Areas.bytes(shape, matMul);
            Areas areas = Areas.of(shape, scratch.asSlice(part * bytes, bytes));
            int from = (int) ((long) matrices * part / parts);
            int to = (int) ((long) matrices * (part + 1) / parts);
            for (int matrix = from; matrix < to; matrix++) {
                attend(shape, q, k, v, scale, mask, y, areas, matrix / shape.heads(), matrix % shape.heads());
            }
        });
    }

    private void attend(
            AttentionShape shape,
            Heads q,
            Heads k,
            Heads v,
            float scale,
            Optional<AttentionMask> mask,
            Heads y,
            Areas areas,
            int item,
            int head) {
        int queries = shape.queries();
        int keys = shape.keys();
        Matrix scores = new Matrix(areas.scores(), 0, queries, keys, areas.scoreStride(), 1);
        multiply(
                q.matrix(item, head, queries, shape.size()),
                k.matrix(item, head, keys, shape.size()).transposed(),
                scores,
                areas);
        for (int query = 0; query < queries; query++) {
            long row = areas.address(scores, query);
            long sum = areas.address(areas.sums(), query);
            if (mask.isPresent()) {
                AttentionMask added = mask.get();
                long numbers = added.segment().address() + added.index(item, head, query) * Float.BYTES;
                if (added.keyStride() == 0) {
                    Softmax.repeat(numbers, areas.maskRow(), keys);
                    numbers = areas.maskRow();
                }
                Softmax.weights(row, keys, scale, numbers, sum);
            } else {
                Softmax.weights(row, keys, scale, sum);
            }
        }
        multiply(areas.sums(), areas.ones(), areas.totals(), areas);
        Matrix result = y.matrix(item, head, queries, shape.valueSize());
        multiply(scores, v.matrix(item, head, keys, shape.valueSize()), result, areas);
        for (int query = 0; query < queries; query++) {
            float total = areas.totals().segment().get(FLOAT, areas.totals().index(query, 0) * Float.BYTES);
            Softmax.scale(areas.address(result, query), shape.valueSize(), 1f / total);
        }
    }

    private void multiply(Matrix a, Matrix b, Matrix c, Areas areas) {
        matMul.multiply(a, b, c, Epilogue.NONE, areas.packing(), Workers.single());
    }

    /**
     * The scratch memory of one worker, in parts.
     *
     * @param scores [queries, keys], rows aligned
     * @param sums [queries, lanes]: a sum of each row of weights for each lane
     * @param ones [lanes, 1], to add the lanes up by a product
     * @param totals [queries, 1]
     * @param maskRow address of [keys]
     * @param packing for the products
     */
    private record Areas(
            MemorySegment scores,
            long scoreStride,
            Matrix sums,
            Matrix ones,
            Matrix totals,
            long maskRow,
            MemorySegment packing) {

        static long bytes(AttentionShape shape, MatMulKernels matMul) {
            return packingOffset(shape) + aligned(matMul.packedBytes(shape.size(), shape.keys()));
        }

        static Areas of(AttentionShape shape, MemorySegment scratch) {
            int queries = shape.queries();
            int lanes = Softmax.LANES;
            long sums = queries * stride(shape);
            long ones = sums + (long) queries * lanes;
            long totals = ones + lanes;
            for (int lane = 0; lane < lanes; lane++) {
                scratch.set(FLOAT, (ones + lane) * Float.BYTES, 1f);
            }
            return new Areas(
                    scratch,
                    stride(shape),
                    Matrix.of(scratch, sums, queries, lanes),
                    Matrix.of(scratch, ones, lanes, 1),
                    Matrix.of(scratch, totals, queries, 1),
                    scratch.address() + packingOffset(shape) - stride(shape) * Float.BYTES,
                    scratch.asSlice(packingOffset(shape)));
        }

        long address(Matrix matrix, int row) {
            return matrix.segment().address() + matrix.index(row, 0) * Float.BYTES;
        }

        private static long packingOffset(AttentionShape shape) {
            long numbers = shape.queries() * (stride(shape) + Softmax.LANES + 1) + Softmax.LANES;
            return aligned(numbers * Float.BYTES) + stride(shape) * Float.BYTES;
        }

        private static long stride(AttentionShape shape) {
            return aligned((long) shape.keys() * Float.BYTES) / Float.BYTES;
        }

        private static long aligned(long bytes) {
            return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
        }
    }
}
