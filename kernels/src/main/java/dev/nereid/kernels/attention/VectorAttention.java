package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PanelKernel;
import dev.nereid.kernels.matmul.RowPanels;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Attention head by head and some queries at a time, so that scores hardly leave the L1 cache: two products and between
 * them the exponentials; the division by their sum waits until the second product is done, which has fewer numbers to
 * divide. A head's keys are packed once, its values are read as they lie.
 */
public final class VectorAttention implements AttentionKernels {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 6_000_000;

    private final MatMulKernels matMul;
    private final RowPanels panels;

    /**
     * Attention by products of two kinds.
     *
     * @param scores multiplies queries with packed keys
     * @param values multiplies weights with values
     */
    public VectorAttention(PanelKernel scores, MatMulKernels values) {
        this.panels = new RowPanels(scores, Softmax.LANES);
        this.matMul = values;
    }

    @Override
    public long scratchBytes(AttentionShape shape, int workers) {
        return workers * AttentionAreas.bytes(shape, panels);
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
        q.checkBounds(shape, shape.queries(), shape.size());
        k.checkBounds(shape, shape.keys(), shape.size());
        int matrices = shape.matrices();
        long work = (long) matrices * shape.queries() * shape.keys() * (shape.size() + shape.valueSize());
        int parts = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), matrices);
        Workers taking = parts == 1 ? Workers.single() : workers;
        taking.run(parts, part -> {
            long bytes = AttentionAreas.bytes(shape, panels);
            AttentionAreas areas = AttentionAreas.of(shape, panels, scratch.asSlice(part * bytes, bytes));
            int from = (int) ((long) matrices * part / parts);
            int to = (int) ((long) matrices * (part + 1) / parts);
            new Part(shape, q, k, v, scale, mask, y, areas).attend(from, to);
        });
    }

    /** Some matrices of scores, one after the other. */
    private final class Part {
        private final AttentionShape shape;
        private final Heads q;
        private final Heads k;
        private final Heads v;
        private final float scale;
        private final Heads y;
        private final AttentionAreas areas;
        private final MaskRows mask;
        private final boolean masked;
        private final int vectors;
        private final long strideBytes;

        Part(
                AttentionShape shape,
                Heads q,
                Heads k,
                Heads v,
                float scale,
                Optional<AttentionMask> mask,
                Heads y,
                AttentionAreas areas) {
            this.shape = shape;
            this.q = q;
            this.k = k;
            this.v = v;
            this.scale = scale;
            this.y = y;
            this.areas = areas;
            this.mask = new MaskRows(mask, shape.keys(), areas.columns(), areas.masks());
            this.masked = mask.isPresent() || areas.columns() != shape.keys() || !(scale > 0);
            this.vectors = areas.columns() / Softmax.LANES;
            this.strideBytes = (long) areas.columns() * Float.BYTES;
        }

        void attend(int from, int to) {
            for (int matrix = from; matrix < to; matrix++) {
                int item = matrix / shape.heads();
                int head = matrix % shape.heads();
                boolean packed = k.headStride() == 0 && head > 0 && matrix > from;
                if (!packed) {
                    panels.pack(k.matrix(item, head, shape.keys(), shape.size()), areas.packed());
                }
                mask.turnTo(item, head);
                Matrix queries = q.matrix(item, head, shape.queries(), shape.size());
                Matrix values = v.matrix(item, head, shape.keys(), shape.valueSize());
                for (int query = 0; query < shape.queries(); query += areas.rows()) {
                    int end = Math.min(shape.queries(), query + areas.rows());
                    panels.multiply(
                            end - query,
                            shape.keys(),
                            shape.size(),
                            address(queries, query),
                            queries.rowStride(),
                            areas.packed().address(),
                            areas.scores().address(),
                            areas.columns());
                    weigh(query, end);
                    sum(values, item, head, query, end);
                }
            }
        }

        /** Turns the scores of the queries [from, to) into weights that are yet to be divided by their sum. */
        private void weigh(int from, int to) {
            for (int query = from; query < to; query += Softmax.ROWS) {
                long row = areas.scores().address() + (query - from) * strideBytes;
                long factors = areas.factors(query - from);
                if (!masked) {
                    Softmax.highest(row, strideBytes, vectors, areas.highs());
                    Softmax.weights(row, strideBytes, vectors, scale, areas.highs(), factors);
                    continue;
                }
                long mask0 = mask.row(query, 0);
                long mask1 = mask.row(Math.min(query + 1, to - 1), 1);
                long mask2 = mask.row(Math.min(query + 2, to - 1), 2);
                long mask3 = mask.row(Math.min(query + 3, to - 1), 3);
                Softmax.highest(row, strideBytes, vectors, scale, mask0, mask1, mask2, mask3, areas.highs());
                Softmax.weights(row, strideBytes, vectors, scale, mask0, mask1, mask2, mask3, areas.highs(), factors);
            }
        }

        /** Adds up the values of the queries [from, to) by their weights, and divides. */
        private void sum(Matrix values, int item, int head, int from, int to) {
            Matrix weights = new Matrix(areas.scores(), 0, to - from, shape.keys(), areas.columns(), 1);
            Matrix result = y.matrix(item, head, from, to - from, shape.valueSize());
            matMul.multiply(weights, values, result, Epilogue.NONE, MemorySegment.NULL, Workers.single());
            for (int query = 0; query < to - from; query++) {
                Softmax.scale(address(result, query), shape.valueSize(), areas.factor(query));
            }
        }

        private static long address(Matrix matrix, int row) {
            return matrix.segment().address() + matrix.index(row, 0) * Float.BYTES;
        }
    }
}
