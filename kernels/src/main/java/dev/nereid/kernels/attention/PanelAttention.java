package dev.nereid.kernels.attention;

import dev.nereid.kernels.matmul.FloatPanelKernel;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.MatrixPanels;
import dev.nereid.kernels.matmul.RowPanels;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Attention head by head and a block of queries at a time, so that the scores stay in the L1 cache: the product of queries
 * and keys, the softmax, the product with the values; the division by the sums is done last, on fewer numbers. A head's keys
 * are packed once, its values are read as they lie.
 */
public final class PanelAttention implements AttentionKernels {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 2_000_000;

    private final FloatPanelKernel products;
    private final AttentionSoftmaxKernel weights;
    private final RowPanels panels;

    /** Attention by such products and weights. */
    public PanelAttention(FloatPanelKernel products, AttentionSoftmaxKernel weights) {
        this.products = products;
        this.weights = weights;
        this.panels = new RowPanels(products, weights.lanes());
    }

    /** Attention by such products and by vectors of Java's. */
    public PanelAttention(FloatPanelKernel products) {
        this(products, new VectorAttentionSoftmax());
    }

    @Override
    public long scratchBytes(AttentionShape shape, int workers) {
        return workers * areas(shape).bytes();
    }

    private AttentionScratch areas(AttentionShape shape) {
        return AttentionScratch.of(shape, panels, products, weights);
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
        v.checkBounds(shape, shape.keys(), shape.valueSize());
        y.checkBounds(shape, shape.queries(), shape.valueSize());
        AttentionScratch areas = areas(shape);
        int matrices = shape.matrices();
        long work = (long) matrices * shape.queries() * shape.keys() * (shape.size() + shape.valueSize());
        int parts = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), matrices);
        Workers taking = parts == 1 ? Workers.single() : workers;
        taking.run(parts, part -> {
            MemorySegment own = scratch.asSlice(part * areas.bytes(), areas.bytes());
            int from = (int) ((long) matrices * part / parts);
            int to = (int) ((long) matrices * (part + 1) / parts);
            AttentionSoftmaxKernel.Rows rows = weights.rows(shape.keys(), scale, mask, own.address() + areas.weights());
            new Part(shape, q, k, v, y, rows, areas, own).attend(from, to);
        });
    }

    @Override
    public void rotate(Heads x, Heads y, int item, int token, int first, int heads, int size, RotaryAngles angles) {
        VectorRotaryEmbedding.rotate(x, y, item, token, first, heads, size, angles);
    }

    /** Some matrices of scores, one after the other. */
    private final class Part {
        private final AttentionShape shape;
        private final Heads q;
        private final Heads k;
        private final Heads v;
        private final Heads y;
        private final AttentionSoftmaxKernel.Rows rows;
        private final AttentionScratch areas;
        private final MemorySegment keys;
        private final MemorySegment restOfValues;
        private final long scores;
        private final long factors;

        Part(
                AttentionShape shape,
                Heads q,
                Heads k,
                Heads v,
                Heads y,
                AttentionSoftmaxKernel.Rows rows,
                AttentionScratch areas,
                MemorySegment scratch) {
            this.shape = shape;
            this.q = q;
            this.k = k;
            this.v = v;
            this.y = y;
            this.rows = rows;
            this.areas = areas;
            this.keys = areas.keys(scratch);
            this.restOfValues = areas.values(scratch);
            this.scores = scratch.address();
            this.factors = scratch.address() + areas.factors();
        }

        void attend(int from, int to) {
            for (int matrix = from; matrix < to; matrix++) {
                int item = matrix / shape.heads();
                int head = matrix % shape.heads();
                boolean packed = head > 0 && matrix > from && k.areSame(head - 1, head);
                if (!packed) {
                    panels.pack(k.matrix(item, head, shape.keys(), shape.size()), keys);
                }
                rows.selectHead(item, head);
                MatrixPanels values =
                        MatrixPanels.of(v.matrix(item, head, shape.keys(), shape.valueSize()), restOfValues, products);
                Matrix queries = q.matrix(item, head, shape.queries(), shape.size());
                Matrix result = y.matrix(item, head, shape.queries(), shape.valueSize());
                for (int query = 0; query < shape.queries(); query += areas.rows()) {
                    attend(queries, values, result, query, Math.min(shape.queries(), query + areas.rows()));
                }
            }
        }

        /** The queries [from, to) of a head. */
        private void attend(Matrix queries, MatrixPanels values, Matrix result, int from, int to) {
            int count = to - from;
            panels.multiply(
                    count,
                    shape.keys(),
                    shape.size(),
                    queries.address(from, 0),
                    queries.rowStride(),
                    keys.address(),
                    scores,
                    areas.columns());
            rows.exponentiate(from, to, scores, (long) areas.columns() * Float.BYTES, factors);
            long into = result.address(from, 0);
            values.multiply(count, scores, areas.columns(), into, result.rowStride());
            if (shape.keys() > 0) {
                weights.scale(count, shape.valueSize(), into, result.rowStride() * Float.BYTES, factors);
            }
        }
    }
}
