package dev.nereid.models.trees;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small boosters in XGBoost's forms, of which the answers are worked out by hand. */
class XgboostTest {
    private static final Offset<Double> CLOSE = Offset.offset(1e-6);
    private static final double NAN = Double.NaN;

    /** A stump: below 1.5 in feature 0 or missing, -1; else feature 1: category 1 or 3 goes right to 4, others left to 2. */
    static final String TREE = """
            {"left_children":[1,-1,3,-1,-1],"right_children":[2,-1,4,-1,-1],"split_indices":[0,0,1,0,0],
             "split_conditions":[1.5,-1,0,2,4],"default_left":[1,0,0,0,0],"split_type":[0,0,1,0,0],
             "categories":[1,3],"categories_nodes":[2],"categories_segments":[0],"categories_sizes":[2],
             "base_weights":[0,0,0,0,0],"tree_param":{"num_nodes":"5","size_leaf_vector":"1","num_feature":"2"}}""";

    static String booster(String objective, String parameters, String booster) {
        return """
                {"version":[3,0,0],"learner":{"objective":{"name":"%s"},
                 "learner_model_param":{"num_feature":"2",%s},"gradient_booster":%s}}""".formatted(objective, parameters, booster);
    }

    static String gbtree(String info, String... trees) {
        return "{\"name\":\"gbtree\",\"model\":" + model(info, trees) + "}";
    }

    private static String model(String info, String... trees) {
        return "{\"gbtree_model_param\":{\"num_trees\":\"" + trees.length + "\"},\"tree_info\":" + info + ",\"trees\":["
                + String.join(",", trees) + "]}";
    }

    private static double[] run(String document, double... rows) {
        return run(document, Map.of(), rows);
    }

    private static double[] run(String document, Map<String, String> parameters, double... rows) {
        return TreeRuns.run(document.getBytes(StandardCharsets.UTF_8), parameters, 2, rows);
    }

    @Test
    void rowsGoLeftBelowTheThresholdAndWhereTheyAreMissing() {
        String document = booster("reg:squarederror", "\"base_score\":\"5E-1\"", gbtree("[0]", TREE));
        assertThat(run(document, 1.4999999, 0, 1.5, 0, NAN, 0)).containsExactly(-0.5, 2.5, -0.5);
    }

    @Test
    void categoriesOfTheSetGoRightWithoutTheirFraction() {
        String document = booster("reg:squarederror", "\"base_score\":\"0\"", gbtree("[0]", TREE));
        assertThat(run(document, 2, 1, 2, 3.7, 2, 2, 2, -0.5, 2, 1e9, 2, NAN)).containsExactly(4, 4, 2, 2, 2, 4);
    }

    @Test
    void aBaseScoreIsAProbabilityWhereTheLinkIsLogistic() {
        String document = booster("binary:logistic", "\"base_score\":\"[7.5E-1]\"", gbtree("[0]", TREE));
        double expected = 1 / (1 + Math.exp(-(Math.log(3) - 1)));
        assertThat(run(document, 0, 0)[0]).isCloseTo(expected, CLOSE);
        assertThat(run(document, Map.of("predict_proba", "true"), 0, 0)[0]).isCloseTo(1 - expected, CLOSE);
        assertThat(run(document, Map.of("output_class", "true"), 0, 0)).containsExactly(1);
        assertThat(run(document, Map.of("output_class", "true", "threshold", "0.6"), 0, 0))
                .containsExactly(0);
    }

    @Test
    void contributionsOfALinearBoosterAreItsProducts() {
        String linear = "{\"name\":\"gblinear\",\"model\":{\"weights\":[2,3,5]}}";
        String document = booster("reg:squarederror", "\"base_score\":\"5E-1\"", linear);
        assertThat(TreeRuns.contributions(document.getBytes(StandardCharsets.UTF_8), 2, 1, 2, NAN, 1))
                .containsExactly(2, 6, 5.5, 0, 3, 5.5);
        String several = booster(
                "multi:softprob",
                "\"base_score\":\"5E-1\",\"num_class\":\"2\"",
                "{\"name\":\"gblinear\",\"model\":{\"weights\":[2,3,5,7,11,13]}}");
        assertThat(TreeRuns.contributions(several.getBytes(StandardCharsets.UTF_8), 2, 1, 2))
                .containsExactly(2, 10, 11.5, 3, 14, 13.5);
    }

    @Test
    void contributionsOfCategoriesTakeTheSharesOfTheTrainingRows() {
        String tree = TREE.replace("\"split_type\"", "\"sum_hessian\":[8,4,4,3,1],\"split_type\"");
        String document = booster("reg:squarederror", "\"base_score\":\"0\"", gbtree("[0]", tree));
        // The mean is (4 * -1 + 3 * 2 + 1 * 4) / 8 = 0.75; knowing feature 0 gives 2.5, 1 gives 1.5, both give 4.
        assertThat(TreeRuns.contributions(document.getBytes(StandardCharsets.UTF_8), 2, 2, 1))
                .containsExactly((2.5 - 0.75 + 4 - 1.5) / 2, (1.5 - 0.75 + 4 - 2.5) / 2, 0.75);
    }

    @Test
    void treesOfSeveralClassesAddToTheirOwnScores() {
        String document =
                booster("multi:softmax", "\"base_score\":\"5E-1\",\"num_class\":\"3\"", gbtree("[2,1]", TREE, TREE));
        assertThat(run(document, 2, 1, 0, 0)).containsExactly(1, 0);
        double[] probabilities = run(document, Map.of("predict_proba", "true"), 2, 1);
        double sum = 2 * Math.exp(4) + 1;
        assertThat(probabilities[0]).isCloseTo(1 / sum, CLOSE);
        assertThat(probabilities[2]).isCloseTo(Math.exp(4) / sum, CLOSE);
    }

    @Test
    void dartWeighsItsTrees() {
        String dart = "{\"name\":\"dart\",\"gbtree\":{\"model\":" + model("[0,0]", TREE, TREE)
                + "},\"weight_drop\":[0.5,0.25]}";
        assertThat(run(booster("reg:squarederror", "\"base_score\":\"0\"", dart), 2, 1))
                .containsExactly(3);
    }

    @Test
    void aLinearBoosterLeavesOutWhatIsMissing() {
        String linear = "{\"name\":\"gblinear\",\"model\":{\"weights\":[2,3,10]}}";
        assertThat(run(booster("reg:squarederror", "\"base_score\":\"1\"", linear), 1, 1, NAN, 2))
                .containsExactly(16, 17);
    }

    @Test
    void treesForSeveralTargetsHaveAWeightForEach() {
        String tree = """
                {"left_children":[1,-1,-1],"right_children":[2,-1,-1],"split_indices":[0,0,0],"split_conditions":[0,0,0],
                 "default_left":[0,0,0],"base_weights":[0,0,1,2,3,4],"tree_param":{"num_nodes":"3","size_leaf_vector":"2"}}""";
        String document = booster("reg:squarederror", "\"base_score\":\"0\",\"num_target\":\"2\"", gbtree("[0]", tree));
        assertThat(run(document, -1, 0, 1, 0)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void binaryFormsSayTheSame() {
        double[] rows = {1, NAN, 1.5};
        assertThat(TreeRuns.run(TreeFiles.ubj(), Map.of(), 1, rows)).containsExactly(-0.5, -0.5, 2.5);
        assertThat(TreeRuns.run(TreeFiles.binary(), Map.of(), 1, rows)).containsExactly(-0.5, -0.5, 2.5);
    }

    @Test
    void aTreeMayBeOneLeaf() {
        String leaf = """
                {"left_children":[-1],"right_children":[-1],"split_indices":[0],"split_conditions":[7],"default_left":[0],
                 "base_weights":[0],"tree_param":{"num_nodes":"1"}}""";
        assertThat(run(booster("reg:squarederror", "\"base_score\":\"0\"", gbtree("[0]", leaf)), NAN, 1))
                .containsExactly(7);
    }

    @Test
    void whatIsWrongIsNamed() {
        refused(TREE.replace("\"left_children\":[1,", "\"left_children\":[9,"), "tree 0: node 0 leads to node 9");
        refused(TREE.replace("\"left_children\":[1,", "\"left_children\":[0,"), "node 0 is led to twice");
        refused(TREE.replace("\"split_indices\":[0,0,1", "\"split_indices\":[0,0,7"), "node 2 reads feature 7");
        refused(TREE.replace("\"categories_sizes\":[2]", "\"categories_sizes\":[2000000000]"), "not within the 2");
        refused(TREE.replace("\"default_left\":[1,", "\"default_left\":["), "'default_left': expected 5, got 4");
    }

    private static void refused(String tree, String message) {
        String document = booster("reg:squarederror", "\"base_score\":\"0\"", gbtree("[0]", tree));
        assertThatThrownBy(() -> run(document, 0, 0))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(message);
    }

    @Test
    void unknownObjectivesAndDeepDocumentsAreRefused() {
        assertThatThrownBy(() -> run(booster("reg:mine", "\"base_score\":\"0\"", gbtree("[0]", TREE)), 0, 0))
                .hasMessageContaining("objective 'reg:mine' is not known");
        assertThatThrownBy(() -> run("{\"learner\":" + "[".repeat(100_000), 0, 0))
                .isInstanceOf(ModelFormatException.class);
        assertThatThrownBy(() -> run("{" + "U\1a[".repeat(1) + "[".repeat(100_000), 0, 0))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("nested deeper");
    }

    @Test
    void aTreeliteCheckpointIsRefusedWithWhatToDo(@TempDir Path folder) throws Exception {
        byte[] checkpoint = new byte[64];
        checkpoint[0] = 4;
        checkpoint[4] = 1;
        Path file = Files.write(folder.resolve("checkpoint.tl"), checkpoint);
        assertThatThrownBy(() -> ModelLoader.signature(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("Treelite checkpoint")
                .hasMessageContaining("save_model");
    }
}
