package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.kernels.tree.TreeKernel;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Raw scores of rows by trees, which an operator then turns into its outputs. */
final class ForestScores {
    /** What is made of the scores of the rows [from, from + length). */
    @FunctionalInterface
    interface Finish {
        void rows(long from, int length, Scores scores);
    }

    /**
     * The scores of all rows, of which a {@link Finish} reads its own.
     *
     * @param values FP32 or FP64 [rows, targets]
     * @param present bytes [rows, targets]
     */
    record Scores(int targets, DataType type, MemorySegment values, MemorySegment present) {
        double get(long row, int target) {
            long at = row * targets + target;
            return type == DataType.FP32
                    ? values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * at)
                    : values.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * at);
        }

        /** Whether the row met a weight for the target. */
        boolean has(long row, int target) {
            return present.get(ValueLayout.JAVA_BYTE, row * targets + target) != 0;
        }

        /** A number as the scores' type holds it. */
        double round(double value) {
            return type == DataType.FP32 ? (float) value : value;
        }
    }

    /** About as long as a tree takes for a row, in plain additions. */
    private static final long ELEMENTS_A_TREE = 8;

    private final Forest forest;
    private final FeatureRows rows;
    private final TreeKernel kernel;

    private ForestScores(Forest forest, FeatureRows rows, TreeKernel kernel) {
        this.forest = forest;
        this.rows = rows;
        this.kernel = kernel;
    }

    static ForestScores of(Lowering lowering, Forest forest, Aggregate aggregate) {
        boolean doubles = lowering.type(0).dataType() == DataType.FP64;
        FeatureRows rows = FeatureRows.of(lowering, doubles ? DataType.FP64 : DataType.FP32);
        return new ForestScores(forest, rows, lowering.kernels().trees().kernel(forest, aggregate, rows.type()));
    }

    /** Scores the rows of input 0 and finishes them, range by range, on several threads if there are many. */
    void run(StepRun run, Finish finish) {
        Shape shape = run.input(0).shape();
        int count = FeatureRows.rows(shape);
        int features = FeatureRows.features(shape);
        if (features < forest.requiredFeatures()) {
            throw new IllegalArgumentException("input 0: expected at least " + forest.requiredFeatures()
                    + " features, which the trees read, got shape " + shape);
        }
        DataType type = rows.type();
        long bytes = type.bytes();
        long targets = forest.targets();
        MemorySegment x = rows.read(run);
        MemorySegment values = run.scratch(count * targets * bytes);
        MemorySegment present = run.scratch(count * targets);
        Scores scores = new Scores(forest.targets(), type, values, present);
        long cost = ELEMENTS_A_TREE * forest.trees() + targets;
        Parallel.rows(run.workers(), count, cost, DataType.FP64, (from, length) -> {
            kernel.run(
                    length,
                    features,
                    x.asSlice(from * features * bytes),
                    values.asSlice(from * targets * bytes),
                    present.asSlice(from * targets));
            finish.rows(from, length, scores);
        });
    }
}
