package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads LightGBM's text files: a section of lines {@code name=value}, and one a tree. */
final class LightgbmText {
    /** How a file begins. */
    static final String MAGIC = "tree";

    private static final String TREE = "Tree=";
    private static final String END = "end of trees";
    private static final String VERSION_WITHOUT_END = "v2";

    private LightgbmText() {}

    static TreeModel read(byte[] file) {
        Sections sections = sections(new String(file, StandardCharsets.UTF_8));
        LightgbmLines header = new LightgbmLines(sections.header());
        int scores = TreeLimits.scores(header.integer("num_tree_per_iteration"));
        int features = TreeLimits.features(1L + header.integer("max_feature_idx"));
        List<Map<String, String>> trees = sections.trees();
        requireAllTrees(header, trees.size(), sections.ended());
        TreeEnsembleAttributes ensemble = new TreeEnsembleAttributes();
        for (int i = 0; i < trees.size(); i++) {
            try {
                LightgbmTree.add(new LightgbmLines(trees.get(i)), ensemble, i % scores, features);
            } catch (ModelFormatException e) {
                throw new ModelFormatException("tree " + i + ": " + e.getMessage(), e);
            }
        }
        LightgbmObjective objective =
                LightgbmObjective.of(header.find("objective").orElse("custom"));
        int iterations = trees.size() / scores;
        double divisor = header.find("average_output").isPresent() ? iterations : 1;
        LinkFunction link = objective.link() == LinkFunction.LOGISTIC && scores > 1
                ? LinkFunction.LOGISTIC_OF_EACH
                : objective.link();
        return new TreeModel(
                features,
                DataType.FP64,
                new TreeModel.Trees(ensemble, true),
                new double[scores],
                divisor,
                link,
                objective.scale());
    }

    private static void requireAllTrees(LightgbmLines header, int trees, boolean ended) {
        int sizes = header.find("tree_sizes")
                .map(text -> text.isBlank() ? 0 : text.strip().split(" ", -1).length)
                .orElse(trees);
        if (trees == 0) {
            throw new ModelFormatException("the model has no trees: it was saved before it was trained");
        }
        boolean endless = header.find("version").orElse("").equals(VERSION_WITHOUT_END);
        if (sizes != trees || !(ended || endless)) {
            throw new ModelFormatException("the file is cut off or changed: 'tree_sizes' is of " + sizes
                    + " trees, and there are " + trees + (ended ? "" : " and no line '" + END + "'"));
        }
    }

    private record Sections(Map<String, String> header, List<Map<String, String>> trees, boolean ended) {}

    private static Sections sections(String text) {
        Map<String, String> header = new HashMap<>();
        List<Map<String, String>> trees = new ArrayList<>();
        Map<String, String> section = header;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            if (line.strip().equals(END)) {
                return new Sections(header, trees, true);
            }
            if (line.startsWith(TREE)) {
                section = new HashMap<>();
                trees.add(section);
            }
            int equals = line.indexOf('=');
            section.put(
                    equals < 0 ? line.strip() : line.substring(0, equals).strip(),
                    equals < 0 ? "" : line.substring(equals + 1).strip());
        }
        return new Sections(header, trees, false);
    }
}
