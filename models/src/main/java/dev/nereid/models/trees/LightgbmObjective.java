package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What one of LightGBM's objectives makes of the sums: {@code objective=name option:value ...}. */
record LightgbmObjective(Link link, double scale) {
    private static final String SIGMOID = "sigmoid:";

    private static final Map<String, Link> TABLE = Map.ofEntries(
            Map.entry("regression", Link.IDENTITY),
            Map.entry("regression_l1", Link.IDENTITY),
            Map.entry("huber", Link.IDENTITY),
            Map.entry("fair", Link.IDENTITY),
            Map.entry("quantile", Link.IDENTITY),
            Map.entry("mape", Link.IDENTITY),
            Map.entry("poisson", Link.EXPONENTIAL),
            Map.entry("gamma", Link.EXPONENTIAL),
            Map.entry("tweedie", Link.EXPONENTIAL),
            Map.entry("binary", Link.LOGISTIC),
            Map.entry("multiclass", Link.SOFTMAX),
            Map.entry("multiclassova", Link.LOGISTIC_OF_EACH),
            Map.entry("cross_entropy", Link.LOGISTIC),
            Map.entry("cross_entropy_lambda", Link.SOFTPLUS),
            Map.entry("lambdarank", Link.IDENTITY),
            Map.entry("rank_xendcg", Link.IDENTITY),
            Map.entry("custom", Link.IDENTITY));

    /** The objectives that are known. */
    static TreeSet<String> names() {
        return new TreeSet<>(TABLE.keySet());
    }

    static LightgbmObjective of(String line) {
        List<String> words = List.of(line.strip().split(" +", -1));
        Link link = TABLE.get(words.getFirst());
        if (link == null) {
            throw new ModelFormatException(
                    "objective '" + Shown.of(words.getFirst()) + "' is not known; expected one of " + names());
        }
        double scale = 1;
        for (String word : words) {
            if (word.startsWith(SIGMOID)) {
                scale = scale(word.substring(SIGMOID.length()));
            }
        }
        boolean squared = link == Link.IDENTITY && words.contains("sqrt");
        return new LightgbmObjective(squared ? Link.SIGNED_SQUARE : link, scale);
    }

    private static double scale(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new ModelFormatException(
                    "the objective's 'sigmoid': expected a number, got '" + Shown.of(text) + "'", e);
        }
    }
}
