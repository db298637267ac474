package dev.nereid.models.operators.ml;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.longs;
import static dev.nereid.models.operators.Tensors.strings;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.OperatorCase;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeOperatorsTest {
    private static final Tensor ROWS = floats(new float[] {0, 5, 1, 5, 2, -5, Float.NaN, Float.NaN}, 4, 2);

    private static OperatorCase regressor() {
        return OperatorCase.of("ai.onnx.ml", "TreeEnsembleRegressor", 3);
    }

    private static OperatorCase classifier() {
        return OperatorCase.of("ai.onnx.ml", "TreeEnsembleClassifier", 3);
    }

    /** A tree over feature 0 and one over feature 1. */
    private static ForestNode twoTrees() {
        return new ForestNode()
                .branch(0, 0, "BRANCH_LEQ", 0, 1, 1, 2)
                .leaf(0, 1, 0, 10)
                .leaf(0, 2, 0, 20)
                .branch(1, 0, "BRANCH_GT", 1, 0, 1, 2)
                .leaf(1, 1, 0, 1)
                .leaf(1, 2, 0, 2);
    }

    @Test
    void addsTheWeightsThatARowMeets() {
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .data(ROWS)
                .gives(floats(new float[] {11, 11, 22, 22}, 4, 1));
    }

    @Test
    void putsTheWeightsOfAllTreesTogetherAsItIsTold() {
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .with("aggregate_function", "AVERAGE")
                .with("base_values", new float[] {0.5f})
                .data(ROWS)
                .gives(floats(new float[] {6, 6, 11.5f, 11.5f}, 4, 1));
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .with("aggregate_function", "MIN")
                .data(ROWS)
                .gives(floats(new float[] {1, 1, 2, 2}, 4, 1));
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .with("aggregate_function", "MAX")
                .data(ROWS)
                .gives(floats(new float[] {10, 10, 20, 20}, 4, 1));
    }

    @Test
    void missingValuesGoTheWayTheirNodeSays() {
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .with("nodes_missing_value_tracks_true", new long[] {1, 0, 0, 1, 0, 0})
                .data(ROWS)
                .gives(floats(new float[] {11, 11, 22, 11}, 4, 1));
    }

    @Test
    void aSingleRowMayHaveNoBatchAxis() {
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .data(floats(new float[] {2, 3}))
                .gives(floats(new float[] {21}, 1, 1));
    }

    @Test
    void noRowsGiveNoScores() {
        twoTrees()
                .in(regressor(), "target")
                .with("n_targets", 1)
                .data(floats(new float[0], 0, 2))
                .gives(floats(new float[0], 0, 1));
    }

    @Test
    void oneScoredClassOfTwoWithPositiveWeightsIsAProbability() {
        new ForestNode()
                .branch(0, 0, "BRANCH_LT", 0, 1, 1, 2)
                .leaf(0, 1, 1, 0.25f)
                .leaf(0, 2, 1, 0.75f)
                .in(classifier(), "class")
                .with("classlabels_strings", List.of("no", "yes"))
                .data(ROWS)
                .gives(
                        strings("no", "yes", "yes", "yes"),
                        floats(new float[] {0, 0.25f, 0, 0.75f, 0, 0.75f, 0, 0.75f}, 4, 2));
        new ForestNode()
                .branch(0, 0, "BRANCH_LT", 0, 1, 1, 2)
                .leaf(0, 1, 0, 0.25f)
                .leaf(0, 2, 0, 0.75f)
                .in(classifier(), "class")
                .with("classlabels_int64s", new long[] {7, 9})
                .data(ROWS)
                .gives(
                        longs(7, 9, 9, 9),
                        floats(new float[] {0.75f, 0.25f, 0.25f, 0.75f, 0.25f, 0.75f, 0.25f, 0.75f}, 4, 2));
    }

    @Test
    void oneScoredClassOfTwoWithNegativeWeightsIsAMargin() {
        new ForestNode()
                .branch(0, 0, "BRANCH_LT", 0, 1, 1, 2)
                .leaf(0, 1, 0, -2)
                .leaf(0, 2, 0, 2)
                .in(classifier(), "class")
                .with("classlabels_int64s", new long[] {7, 9})
                .data(floats(new float[] {0, 1}, 2, 1))
                .gives(longs(7, 9), floats(new float[] {2, -2, -2, 2}, 2, 2));
        new ForestNode()
                .leaf(0, 0, 0, -2)
                .in(classifier(), "class")
                .with("classlabels_int64s", new long[] {7, 9})
                .with("post_transform", "LOGISTIC")
                .data(floats(new float[] {0}, 1, 1))
                .gives(longs(7), floats(new float[] {0.880797f, 0.11920297f}, 1, 2));
    }

    @Test
    void aLogisticScoreOfOneClassOfTwoBecomesTheProbabilitiesOfBoth() {
        new ForestNode()
                .leaf(0, 0, 0, 1.5f)
                .in(classifier(), "class")
                .with("classlabels_int64s", new long[] {7, 9})
                .with("post_transform", "LOGISTIC")
                .data(floats(new float[] {0}, 1, 1))
                .gives(longs(9), floats(new float[] {0.18242556f, 0.81757444f}, 1, 2));
    }

    @Test
    void theHighestOfManyScoresNamesTheClass() {
        new ForestNode()
                .branch(0, 0, "BRANCH_GTE", 0, 1, 1, 2)
                .leaf(0, 1, 0, 1, 2, 3)
                .leaf(0, 2, 1, 5)
                .in(classifier(), "class")
                .with("classlabels_strings", List.of("a", "b", "c"))
                .with("base_values", new float[] {0.5f, 0.25f, 0})
                .data(floats(new float[] {0, 1}, 2, 1))
                .gives(strings("b", "c"), floats(new float[] {0.5f, 5.25f, 0, 1.5f, 0.25f, 3}, 2, 3));
    }

    @Test
    void refusesTreesThatDoNotFitTogether() {
        assertThatThrownBy(() -> new ForestNode()
                        .branch(0, 0, "BRANCH_LT", 0, 1, 1, 3)
                        .leaf(0, 1, 0, 1)
                        .in(regressor(), "target")
                        .with("n_targets", 1)
                        .data(ROWS)
                        .run())
                .hasMessageContaining("tree 0 has no node 3");
        assertThatThrownBy(() -> new ForestNode()
                        .branch(0, 0, "BRANCH_LT", 0, 1, 1, 1)
                        .branch(0, 1, "BRANCH_LT", 0, 1, 0, 0)
                        .in(regressor(), "target")
                        .with("n_targets", 1)
                        .data(ROWS)
                        .run())
                .hasMessageContaining("circle");
        assertThatThrownBy(() -> twoTrees()
                        .in(regressor(), "target")
                        .with("n_targets", 1)
                        .data(floats(new float[] {1}, 1, 1))
                        .run())
                .hasMessageContaining("at least 2 features");
        assertThatThrownBy(() -> new ForestNode()
                        .leaf(0, 0, 3, 1)
                        .in(regressor(), "target")
                        .with("n_targets", 1)
                        .data(ROWS)
                        .run())
                .hasMessageContaining("target 3 is not below 1");
    }

    private static OperatorCase ensemble(int mode) {
        return OperatorCase.of("ai.onnx.ml", "TreeEnsemble", 5)
                .with("n_targets", 2)
                .with("tree_roots", new long[] {0})
                .with("nodes_featureids", new long[] {0})
                .with("nodes_modes", bytes(DataType.UINT8, mode))
                .with("nodes_splits", floats(new float[] {1}))
                .with("nodes_truenodeids", new long[] {0})
                .with("nodes_falsenodeids", new long[] {1})
                .with("nodes_trueleafs", new long[] {1})
                .with("nodes_falseleafs", new long[] {1})
                .with("leaf_targetids", new long[] {0, 1})
                .with("leaf_weights", floats(new float[] {3, 4}));
    }

    @Test
    void takesEveryModeOfComparison() {
        boolean[][] expected = {
            {true, true, false},
            {true, false, false},
            {false, true, true},
            {false, false, true},
            {false, true, false},
            {true, false, true}
        };
        for (int mode = 0; mode < expected.length; mode++) {
            float[] scores = new float[6];
            for (int row = 0; row < 3; row++) {
                scores[2 * row + (expected[mode][row] ? 0 : 1)] = expected[mode][row] ? 3 : 4;
            }
            ensemble(mode).data(floats(new float[] {0, 1, 2}, 3, 1)).gives(floats(scores, 3, 2));
        }
    }

    @Test
    void asksForMembersOfSets() {
        ensemble(6)
                .with("membership_values", floats(new float[] {2, -1, Float.NaN}))
                .data(floats(new float[] {-1, 1, 2, Float.NaN}, 4, 1))
                .gives(floats(new float[] {3, 0, 0, 4, 3, 0, 0, 4}, 4, 2));
    }
}
