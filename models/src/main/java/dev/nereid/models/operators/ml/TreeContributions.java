package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Forest;
import dev.nereid.kernels.tree.ShapleyValues;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

/**
 * What each feature adds to the scores of TreeEnsemble (SHAP values), and behind the features the mean score over the
 * training rows. Has TreeEnsemble's attributes, of which it reads those of nodes and leaves, and nodes_true_shares, which part
 * of the training rows went each node's way of true. x: [rows, features]; y, of the type of x: [rows, n_targets, features +
 * 1], without the middle dim where n_targets is 1.
 */
public final class TreeContributions implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        Dim rows = FeatureRows.rows(inference);
        Dim columns = x.hasRank() ? x.dim(x.rank() - 1).plus(1) : inference.unknownDim();
        int targets = TreeEnsembleRegressor.targets(inference.attributes());
        return List.of(TensorType.of(
                x.dataType(), targets == 1 ? List.of(rows, columns) : List.of(rows, Dim.of(targets), columns)));
    }

    @Override
    public void lower(Lowering lowering) {
        Forest forest = LeafLists.read(lowering.attributes(), TreeEnsembleRegressor.targets(lowering.attributes()));
        ShapleyValues values = values(forest, NumberLists.tensor(lowering.attributes(), "nodes_true_shares"));
        FeatureRows rows =
                FeatureRows.of(lowering, lowering.type(0).dataType() == DataType.FP64 ? DataType.FP64 : DataType.FP32);
        lowering.step(run -> run(run, forest, values, rows));
    }

    private static ShapleyValues values(Forest forest, double[] trueShares) {
        try {
            return new ShapleyValues(forest, trueShares);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException("the contributions of features: " + e.getMessage(), e);
        }
    }

    private static void run(StepRun run, Forest forest, ShapleyValues values, FeatureRows rows) {
        Shape shape = run.input(0).shape();
        int features = FeatureRows.features(shape);
        if (features < forest.requiredFeatures()) {
            throw new IllegalArgumentException("input 0: expected at least " + forest.requiredFeatures()
                    + " features, which the trees read, got shape " + shape);
        }
        MemorySegment x = rows.read(run);
        boolean doubles = rows.type() == DataType.FP64;
        Tensor y = run.output(0);
        int columns = features + 1;
        double[] expected = values.expected();
        Parallel.rows(run.workers(), FeatureRows.rows(shape), values.cost(), DataType.FP64, (from, length) -> {
            ShapleyValues.Walk walk = values.new Walk();
            double[] sums = new double[expected.length * columns];
            for (long row = from; row < from + length; row++) {
                long first = row * features;
                Arrays.fill(sums, 0);
                walk.add(
                        doubles
                                ? feature -> x.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * (first + feature))
                                : feature -> x.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (first + feature)),
                        sums,
                        columns);
                for (int target = 0; target < expected.length; target++) {
                    sums[target * columns + features] = expected[target];
                }
                for (int i = 0; i < sums.length; i++) {
                    RealNumbers.set(y, row * sums.length + i, sums[i]);
                }
            }
        });
    }
}
