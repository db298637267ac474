package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What one of LightGBM's objectives makes of the sums: {@code objective=name option:value ...}. */
record LightgbmObjective(LinkFunction link, double scale) {
    private static final String SIGMOID = "sigmoid:";

    private static final Map<String, LinkFunction> TABLE = Map.ofEntries(
            Map.entry("regression", LinkFunction.IDENTITY),
            Map.entry("regression_l1", LinkFunction.IDENTITY),
            Map.entry("huber", LinkFunction.IDENTITY),
            Map.entry("fair", LinkFunction.IDENTITY),
            Map.entry("quantile", LinkFunction.IDENTITY),
            Map.entry("mape", LinkFunction.IDENTITY),
            Map.entry("poisson", LinkFunction.EXPONENTIAL),
            Map.entry("gamma", LinkFunction.EXPONENTIAL),
            Map.entry("tweedie", LinkFunction.EXPONENTIAL),
            Map.entry("binary", LinkFunction.LOGISTIC),
            Map.entry("multiclass", LinkFunction.SOFTMAX),
            Map.entry("multiclassova", LinkFunction.LOGISTIC_OF_EACH),
            Map.entry("cross_entropy", LinkFunction.LOGISTIC),
            Map.entry("cross_entropy_lambda", LinkFunction.SOFTPLUS),
            Map.entry("lambdarank", LinkFunction.IDENTITY),
            Map.entry("rank_xendcg", LinkFunction.IDENTITY),
            Map.entry("custom", LinkFunction.IDENTITY));

    /** The objectives that are known. */
    static TreeSet<String> names() {
        return new TreeSet<>(TABLE.keySet());
    }

    static LightgbmObjective of(String line) {
        List<String> words = List.of(line.strip().split(" +", -1));
        LinkFunction link = TABLE.get(words.getFirst());
        if (link == null) {
            throw new ModelFormatException(
                    "objective '" + FileExcerpt.of(words.getFirst()) + "' is not known; expected one of " + names());
        }
        double scale = 1;
        for (String word : words) {
            if (word.startsWith(SIGMOID)) {
                scale = scale(word.substring(SIGMOID.length()));
            }
        }
        boolean squared = link == LinkFunction.IDENTITY && words.contains("sqrt");
        return new LightgbmObjective(squared ? LinkFunction.SIGNED_SQUARE : link, scale);
    }

    private static double scale(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new ModelFormatException(
                    "the objective's 'sigmoid': expected a number, got '" + FileExcerpt.of(text) + "'", e);
        }
    }
}
