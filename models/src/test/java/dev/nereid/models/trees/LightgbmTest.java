package dev.nereid.models.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** Small boosters in LightGBM's text form, of which the answers are worked out by hand. */
class LightgbmTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-12);
    private static final double NAN = Double.NaN;

    /** A stump on feature 0 that gives 1 to the left and 2 to the right. */
    static String stump(double threshold, int decision) {
        return """
                num_leaves=2
                num_cat=0
                split_feature=0
                threshold=%s
                decision_type=%d
                left_child=-1
                right_child=-2
                leaf_value=1 2
                """.formatted(threshold, decision);
    }

    static String model(String header, String... trees) {
        StringBuilder text = new StringBuilder("tree\nversion=v4\nmax_feature_idx=1\n" + header + "\n\n");
        for (int i = 0; i < trees.length; i++) {
            text.append("Tree=").append(i).append('\n').append(trees[i]).append('\n');
        }
        return text.append("end of trees\n").toString();
    }

    private static final String ONE = "num_tree_per_iteration=1";

    private static double[] run(String text, double... rows) {
        return TreeRuns.run(text.getBytes(StandardCharsets.UTF_8), Map.of(), 2, rows);
    }

    private static double[] stumpOf(double threshold, int decision, double... feature) {
        double[] rows = new double[2 * feature.length];
        for (int i = 0; i < feature.length; i++) {
            rows[2 * i] = feature[i];
        }
        return run(model(ONE, stump(threshold, decision)), rows);
    }

    @Test
    void rowsGoLeftUpToTheThresholdInDoubles() {
        assertThat(stumpOf(0.1, 8, 0.1, Math.nextUp(0.1), NAN)).containsExactly(1, 2, 2);
        assertThat(stumpOf(0.1, 10, NAN)).containsExactly(1);
    }

    @Test
    void withoutMissingValuesNaNIsZero() {
        assertThat(stumpOf(0.5, 0, NAN)).containsExactly(1);
        assertThat(stumpOf(-0.5, 2, NAN)).containsExactly(2);
    }

    @Test
    void zerosAreMissingWhereTheFileSaysSo() {
        double[] rows = {-3, -1, 0, 1e-36, NAN, 1, 3};
        assertThat(stumpOf(2, 4, rows)).containsExactly(1, 1, 2, 2, 2, 1, 2);
        assertThat(stumpOf(2, 6, rows)).containsExactly(1, 1, 1, 1, 1, 1, 2);
        assertThat(stumpOf(-2, 4, rows)).containsExactly(1, 2, 2, 2, 2, 2, 2);
        assertThat(stumpOf(-2, 6, rows)).containsExactly(1, 2, 1, 1, 1, 2, 2);
        assertThat(stumpOf(0, 4, rows)).containsExactly(1, 1, 2, 2, 2, 2, 2);
        assertThat(stumpOf(0, 6, rows)).containsExactly(1, 1, 1, 1, 1, 2, 2);
    }

    @Test
    void categoriesOfTheSetGoLeft() {
        String tree = stump(0, 1).replace("num_cat=0", "num_cat=1\ncat_boundaries=0 2\ncat_threshold=2 2147483649");
        assertThat(run(model(ONE, tree), 1, 0, 32, 0, 63, 0, 1.9, 0, 0, 0, -1, 0, NAN, 0))
                .containsExactly(1, 1, 1, 1, 2, 2, 2);
    }

    @Test
    void objectivesTurnSumsIntoPredictions() {
        String stump = stump(0, 8);
        assertThat(run(model(ONE + "\nobjective=binary sigmoid:2", stump), 0, 0)[0])
                .isCloseTo(1 / (1 + Math.exp(-2)), CLOSE);
        assertThat(run(model(ONE + "\nobjective=poisson", stump), 0, 0)[0]).isCloseTo(Math.E, CLOSE);
        assertThat(run(model(ONE + "\nobjective=regression sqrt", stump), 1, 0)).containsExactly(4);
        assertThat(run(model(ONE + "\nobjective=cross_entropy_lambda", stump), 0, 0)[0])
                .isCloseTo(Math.log1p(Math.E), CLOSE);
        double[] classes =
                run(model("num_tree_per_iteration=2\nobjective=multiclass num_class:2", stump, stump(5, 8)), 1, 0);
        assertThat(classes[0]).isCloseTo(Math.E / (Math.E + 1), CLOSE);
    }

    @Test
    void aRandomForestAverages() {
        assertThat(run(model(ONE + "\naverage_output", stump(0, 8), stump(5, 8)), 1, 0))
                .containsExactly(1.5);
    }

    @Test
    void aConfigMayAskForRowsOfFloats() {
        byte[] file = model(ONE, stump(0.5, 8)).getBytes(StandardCharsets.UTF_8);
        assertThat(TreeRuns.runFloats(file, 2, 0.5, 0, 0.75, 0)).containsExactly(1, 2);
    }

    @Test
    void contributionsTakeTheSharesOfTheTrainingRows() {
        String counted = stump(0.5, 8) + "internal_count=4\nleaf_count=1 3\n";
        assertThat(contributions(model(ONE, counted), 0, 0, 1, 0)).containsExactly(-0.75, 0, 1.75, 0.25, 0, 1.75);
        assertThat(contributions(model(ONE + "\naverage_output", counted, counted), 0, 0))
                .containsExactly(-0.75, 0, 1.75);
        String two = model("num_tree_per_iteration=2\nobjective=multiclass num_class:2", counted, counted);
        assertThat(contributions(two, 1, 0)).containsExactly(0.25, 0, 1.75, 0.25, 0, 1.75);
        assertThatThrownBy(() -> contributions(model(ONE, stump(0.5, 8)), 0, 0))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("'leaf_count'");
    }

    private static double[] contributions(String text, double... rows) {
        return TreeRuns.contributions(text.getBytes(StandardCharsets.UTF_8), 2, rows);
    }

    @Test
    void whatIsWrongIsNamed() {
        refused(model(ONE, stump(0, 8).replace("left_child=-1", "left_child=0")), "tree 0: node 0 is led to twice");
        refused(model(ONE, stump(0, 8).replace("left_child=-1", "left_child=-9")), "leads to leaf 8");
        refused(
                model(ONE, stump(0, 8).replace("num_leaves=2", "num_leaves=2000000000")),
                "'leaf_value': expected 2000");
        refused(model(ONE, stump(0, 8).replace("num_cat=0", "num_cat=2147483647")), "'num_cat': expected at most 1");
        refused(model(ONE, stump(0, 8), stump(0, 4)), "zeros of feature 0 are missing values in one node and numbers");
        refused(model(ONE, stump(0, 8) + "is_linear=1\n"), "linear_tree=false");
        refused(model(ONE + "\ntree_sizes=10 10", stump(0, 8)), "'tree_sizes' is of 2 trees, and there are 1");
        refused(model(ONE, stump(0, 8)).replace("end of trees", ""), "cut off");
        refused(model(ONE + "\nobjective=mine", stump(0, 8)), "objective 'mine' is not known");
        refused(model(ONE).replace("max_feature_idx=1", "max_feature_idx=2147483646"), "features");
    }

    private static void refused(String text, String message) {
        assertThatThrownBy(() -> run(text, 0, 0))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }
}
