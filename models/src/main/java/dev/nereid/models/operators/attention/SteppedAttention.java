package dev.nereid.models.operators.attention;

import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.attention.ScoreOutput.Stage;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** Attention as two products, with every stage of the scores in reach between them. */
final class SteppedAttention {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 2_000_000;

    private final MatMulKernels kernels;
    private final DataType type;
    private final AttentionSizes sizes;
    private final double scale;
    private final Optional<ScoreBias> bias;
    private final ScaledDotProduct.Extras extras;

    SteppedAttention(
            MatMulKernels kernels,
            DataType type,
            AttentionSizes sizes,
            double scale,
            Optional<ScoreBias> bias,
            ScaledDotProduct.Extras extras) {
        this.kernels = kernels;
        this.type = type;
        this.sizes = sizes;
        this.scale = scale;
        this.bias = bias;
        this.extras = extras;
    }

    void attend(StepRun run, TokenVectors q, TokenVectors k, TokenVectors v, TokenVectors y) {
        int matrices = Math.multiplyExact(sizes.batch(), sizes.heads());
        if (matrices == 0) {
            return;
        }
        int parts = sizes.work() < WORTH_SPLITTING ? 1 : Math.min(run.workers().count(), matrices);
        Areas[] areas = new Areas[parts];
        for (int part = 0; part < parts; part++) {
            areas[part] = areas(run, q, k, v);
        }
        Workers taking = parts == 1 ? Workers.single() : run.workers();
        taking.run(parts, part -> {
            int from = (int) ((long) matrices * part / parts);
            int to = (int) ((long) matrices * (part + 1) / parts);
            for (int matrix = from; matrix < to; matrix++) {
                attend(q, k, v, y, areas[part], matrix / sizes.heads(), matrix % sizes.heads());
            }
        });
    }

    private record Areas(Matrix scores, MemorySegment packing) {}

    private Areas areas(StepRun run, TokenVectors q, TokenVectors k, TokenVectors v) {
        long bytes = (long) sizes.queries() * sizes.keys() * type.bytes();
        Matrix scores = Matrix.of(run.scratch(bytes), sizes.queries(), sizes.keys());
        long packing = 0;
        if (type == DataType.FP32) {
            Matrix query = q.matrix(0, 0, sizes.queries(), sizes.size());
            packing = Math.max(
                    kernels.scratchBytes(
                            query, k.matrix(0, 0, sizes.keys(), sizes.size()).transposed()),
                    kernels.scratchBytes(scores, v.matrix(0, 0, sizes.keys(), sizes.valueSize())));
        }
        return new Areas(scores, run.scratch(packing));
    }

    private void attend(
            TokenVectors q, TokenVectors k, TokenVectors v, TokenVectors y, Areas areas, int item, int head) {
        int keyHead = head / sizes.group();
        multiply(
                q.matrix(item, head, sizes.queries(), sizes.size()),
                k.matrix(item, keyHead, sizes.keys(), sizes.size()).transposed(),
                areas.scores(),
                areas.packing());
        double[] row = new double[sizes.keys()];
        for (int query = 0; query < sizes.queries(); query++) {
            weigh(areas.scores(), row, item, head, query);
        }
        multiply(
                areas.scores(),
                v.matrix(item, keyHead, sizes.keys(), sizes.valueSize()),
                y.matrix(item, head, sizes.queries(), sizes.valueSize()),
                areas.packing());
    }

    private void multiply(Matrix a, Matrix b, Matrix c, MemorySegment packing) {
        if (type == DataType.FP32) {
            kernels.multiply(a, b, c, Epilogue.NONE, packing, Workers.single());
        } else {
            kernels.multiply(type, a, b, c);
        }
    }

    /** Turns the products of one query into weights. */
    private void weigh(Matrix scores, double[] row, int item, int head, int query) {
        long number = ((long) item * sizes.heads() + head) * sizes.queries() + query;
        for (int key = 0; key < row.length; key++) {
            row[key] = scale * ComputeElements.get(scores.segment(), type, scores.index(query, key));
        }
        report(Stage.SCALED, number, row);
        double cap = extras.softCap();
        if (cap != 0) {
            for (int key = 0; key < row.length; key++) {
                row[key] = cap * Math.tanh(row[key] / cap);
            }
        }
        report(Stage.CAPPED, number, row);
        if (bias.isPresent()) {
            for (int key = 0; key < row.length; key++) {
                row[key] += bias.get().at(item, head, query, key);
            }
        }
        report(Stage.BIASED, number, row);
        softmax(row, extras.sinks().isPresent() ? extras.sinks().get()[head] : Double.NEGATIVE_INFINITY);
        report(Stage.WEIGHTS, number, row);
        for (int key = 0; key < row.length; key++) {
            ComputeElements.set(scores.segment(), type, scores.index(query, key), row[key]);
        }
    }

    private void report(Stage stage, long number, double[] row) {
        extras.output().ifPresent(output -> output.write(stage, number, row));
    }

    /** Weights that add up to 1 with that of the sink; all zero where nothing has a score. */
    private static void softmax(double[] row, double sink) {
        double highest = sink;
        for (double score : row) {
            highest = Math.max(highest, score);
        }
        if (highest == Double.NEGATIVE_INFINITY) {
            Arrays.fill(row, 0);
            return;
        }
        double sum = sink == Double.NEGATIVE_INFINITY ? 0 : Math.exp(sink - highest);
        for (int key = 0; key < row.length; key++) {
            row[key] = Math.exp(row[key] - highest);
            sum += row[key];
        }
        for (int key = 0; key < row.length; key++) {
            row[key] /= sum;
        }
    }
}
