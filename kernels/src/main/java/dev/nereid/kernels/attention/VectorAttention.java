package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Attention head by head, so that a head's scores never leave the cache: two products and between them the exponentials;
 * the division by their sum waits until the second product is done, which has fewer numbers to divide.
 */
public final class VectorAttention implements AttentionKernels {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 6_000_000;

    private static final int ALIGNMENT = 64;

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
            long sum = areas.sum(query);
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
        Matrix result = y.matrix(item, head, queries, shape.valueSize());
        multiply(scores, v.matrix(item, head, keys, shape.valueSize()), result, areas);
        for (int query = 0; query < queries; query++) {
            float total = Softmax.total(areas.sum(query));
            Softmax.scale(areas.address(result, query), shape.valueSize(), 1f / total);
        }
    }

    private void multiply(Matrix a, Matrix b, Matrix c, Areas areas) {
        matMul.multiply(a, b, c, Epilogue.NONE, areas.packing(), Workers.single());
    }

    /**
     * The scratch memory of one worker, in parts.
     *
     * @param scores [queries, keys], rows padded to whole vectors
     * @param scoreStride elements between rows of scores
     * @param sums address of [queries, lanes]: a sum of each row of weights for each lane
     * @param maskRow address of [keys]
     * @param packing for the products
     */
    private record Areas(MemorySegment scores, long scoreStride, long sums, long maskRow, MemorySegment packing) {

        static long bytes(AttentionShape shape, MatMulKernels matMul) {
            return packingOffset(shape) + aligned(matMul.packedBytes(shape.size(), shape.keys()));
        }

        static Areas of(AttentionShape shape, MemorySegment scratch) {
            long sums = shape.queries() * stride(shape) * Float.BYTES;
            long maskRow = packingOffset(shape) - stride(shape) * Float.BYTES;
            return new Areas(
                    scratch.asSlice(0, sums),
                    stride(shape),
                    scratch.address() + sums,
                    scratch.address() + maskRow,
                    scratch.asSlice(packingOffset(shape)));
        }

        long sum(int query) {
            return sums + (long) query * Softmax.LANES * Float.BYTES;
        }

        long address(Matrix matrix, int row) {
            return matrix.segment().address() + matrix.index(row, 0) * Float.BYTES;
        }

        private static long packingOffset(AttentionShape shape) {
            long sums = aligned((long) shape.queries() * Softmax.LANES * Float.BYTES);
            return (shape.queries() + 1) * stride(shape) * Float.BYTES + sums;
        }

        private static long stride(AttentionShape shape) {
            return aligned((long) shape.keys() * Float.BYTES) / Float.BYTES;
        }

        private static long aligned(long bytes) {
            return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
        }
    }
}
