package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * The scores of trees as the output of a node: over all trees their sum, mean, least or greatest, plus a base value, and
 * transformed. A single score is transformed by PROBIT alone; one of several that a row met no weight for is 0.
 *
 * @param bases empty, or one a target
 */
@SuppressWarnings("ArrayRecordComponent")
public record ForestRegression(
        Forest forest, Aggregate aggregate, boolean average, double[] bases, PostTransform transform) {
    static List<TensorType> outputTypes(Inference inference, int targets, DataType dataType) {
        return List.of(TensorType.of(dataType, List.of(FeatureRows.rows(inference), Dim.of(targets))));
    }

    void lower(Lowering lowering) {
        ForestScores trees = ForestScores.of(lowering, forest, aggregate);
        lowering.step(run -> {
            Tensor y = run.output(0);
            trees.run(run, (from, length, scores) -> finish(from, length, scores, y));
        });
    }

    private void finish(long from, int length, ForestScores.Scores scores, Tensor y) {
        int targets = forest.targets();
        double[] values = new double[targets];
        for (long row = from; row < from + length; row++) {
            for (int target = 0; target < targets; target++) {
                double score = scores.get(row, target);
                if (average) {
                    score = scores.round(score / forest.trees());
                }
                values[target] = bases.length == 0 ? score : scores.round(score + scores.round(bases[target]));
                if (targets > 1 && !scores.has(row, target)) {
                    values[target] = 0;
                }
            }
            if (targets > 1 || transform == PostTransform.PROBIT) {
                transform.apply(values, targets);
            }
            for (int target = 0; target < targets; target++) {
                RealNumbers.set(y, row * targets + target, values[target]);
            }
        }
    }
}
