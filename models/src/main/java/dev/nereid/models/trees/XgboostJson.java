package dev.nereid.models.trees;

import static dev.nereid.models.trees.JsonMembers.integer;
import static dev.nereid.models.trees.JsonMembers.integers;
import static dev.nereid.models.trees.JsonMembers.list;
import static dev.nereid.models.trees.JsonMembers.member;
import static dev.nereid.models.trees.JsonMembers.reals;
import static dev.nereid.models.trees.JsonMembers.text;
import static dev.nereid.models.trees.JsonMembers.truths;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.models.ModelFormatException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** Reads XGBoost's document, which its JSON and UBJ files are alike. */
final class XgboostJson {
    private final int features;
    private final int scores;

    private XgboostJson(int features, int scores) {
        this.features = features;
        this.scores = scores;
    }

    static TreeModel read(JsonNode document) {
        if (!document.has("learner")) {
            throw new ModelFormatException(
                    "it has no member 'learner': expected a file of XGBoost's save_model, or LightGBM's in its text form");
        }
        JsonNode learner = member(document, "learner");
        JsonNode parameters = member(learner, "learner_model_param");
        int scores = TreeLimits.scores(
                Math.max(1, Math.max(integer(parameters, "num_class", 0), integer(parameters, "num_target", 1))));
        int features = TreeLimits.features(integer(parameters, "num_feature", 0));
        XgboostObjective objective = XgboostObjective.of(text(member(learner, "objective"), "name"));
        TreeModel.Predictor predictor = new XgboostJson(features, scores).booster(member(learner, "gradient_booster"));
        return objective.model(features, predictor, baseScores(text(parameters, "base_score")), false, scores);
    }

    /** One number, or from version 3.1 on a list of them in brackets. */
    private static double[] baseScores(String text) {
        String numbers = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        try {
            return Arrays.stream(numbers.split(",", -1))
                    .mapToDouble(Float::parseFloat)
                    .toArray();
        } catch (NumberFormatException e) {
            throw new ModelFormatException("'base_score': expected a number, got '" + FileExcerpt.of(text) + "'", e);
        }
    }

    private TreeModel.Predictor booster(JsonNode booster) {
        String name = text(booster, "name");
        return switch (name) {
            case "gbtree" -> trees(member(booster, "model"), new float[0]);
            case "dart" -> {
                float[] weights = reals(booster, "weight_drop");
                yield trees(member(member(booster, "gbtree"), "model"), weights);
            }
            case "gblinear" -> XgboostBooster.linear(reals(member(booster, "model"), "weights"), features, scores);
            default ->
                throw new ModelFormatException(
                        "booster '" + FileExcerpt.of(name) + "': expected gbtree, dart or gblinear");
        };
    }

    /** @param treeWeights of each tree; empty where all are 1 */
    private TreeModel.Predictor trees(JsonNode model, float[] treeWeights) {
        JsonNode trees = list(model, "trees");
        int[] targets = integers(model, "tree_info");
        long count = integer(member(model, "gbtree_model_param"), "num_trees", trees.size());
        if (count != trees.size() || targets.length != count) {
            throw new ModelFormatException("'num_trees' is " + count + ", and there are " + trees.size() + " trees and "
                    + targets.length + " numbers in 'tree_info'");
        }
        XgboostBooster.requireTreeWeights(treeWeights.length, trees.size());
        TreeEnsembleAttributes ensemble = new TreeEnsembleAttributes();
        for (int i = 0; i < targets.length; i++) {
            try {
                tree(ensemble, trees.get(i), targets[i], treeWeights.length == 0 ? 1 : treeWeights[i]);
            } catch (ModelFormatException e) {
                throw new ModelFormatException("tree " + i + ": " + e.getMessage(), e);
            }
        }
        return XgboostBooster.trees(ensemble);
    }

    private void tree(TreeEnsembleAttributes ensemble, JsonNode tree, int target, float treeWeight) {
        float[] conditions = reals(tree, "split_conditions");
        int vector = TreeLimits.scores(Math.max(1, integer(member(tree, "tree_param"), "size_leaf_vector", 1)));
        XgboostNodes nodes = new XgboostNodes(
                integers(tree, "left_children"),
                integers(tree, "right_children"),
                integers(tree, "split_indices"),
                conditions,
                truths(tree, "default_left"),
                vector == 1 && tree.has("sum_hessian") ? reals(tree, "sum_hessian") : new float[0],
                categories(tree));
        int count = nodes.left().length;
        requireLength("right_children", nodes.right().length, count);
        requireLength("split_indices", nodes.features().length, count);
        requireLength("split_conditions", conditions.length, count);
        requireLength("default_left", nodes.missingLeft().length, count);
        JsonNode parameters = member(tree, "tree_param");
        requireLength("tree_param.num_nodes", integer(parameters, "num_nodes", count), count);
        if (nodes.covers().length > 0) {
            requireLength("sum_hessian", nodes.covers().length, count);
        }
        if (vector == 1) {
            XgboostBooster.requireTarget(target, scores);
            nodes.addTo(ensemble, features, target, node -> treeWeight * conditions[node]);
            return;
        }
        // A tree for all targets at once: the same nodes once a target, each time with that target's weights.
        float[] weights = reals(tree, "base_weights");
        requireLength("size_leaf_vector", vector, scores);
        requireLength("base_weights", weights.length, (long) count * vector);
        for (int i = 0; i < vector; i++) {
            int at = i;
            IntToDoubleFunction ofTarget = node -> treeWeight * weights[node * vector + at];
            nodes.addTo(ensemble, features, i, ofTarget);
        }
    }

    private static void requireLength(String name, long length, long expected) {
        if (length != expected) {
            throw new ModelFormatException("'" + name + "': expected " + expected + ", got " + length);
        }
    }

    /** The sets of the nodes that have one: one list of all categories, of which each node has a part. */
    private static Map<Integer, long[]> categories(JsonNode tree) {
        if (!tree.has("categories_nodes")) {
            return Map.of();
        }
        int[] owners = integers(tree, "categories_nodes");
        int[] starts = integers(tree, "categories_segments");
        int[] sizes = integers(tree, "categories_sizes");
        int[] all = integers(tree, "categories");
        requireLength("categories_segments", starts.length, owners.length);
        requireLength("categories_sizes", sizes.length, owners.length);
        Map<Integer, long[]> sets = new HashMap<>();
        long total = 0;
        for (int i = 0; i < owners.length; i++) {
            total += sizes[i];
            if (starts[i] < 0 || sizes[i] < 0 || (long) starts[i] + sizes[i] > all.length || total > all.length) {
                throw new ModelFormatException("the categories of node " + owners[i] + ", " + sizes[i] + " from "
                        + starts[i] + " on, are not within the " + all.length + " of 'categories'");
            }
            sets.put(
                    owners[i],
                    Arrays.stream(all, starts[i], starts[i] + sizes[i])
                            .asLongStream()
                            .toArray());
        }
        return sets;
    }
}
