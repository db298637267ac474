package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.Locale;
import java.util.Map;

/**
 * What a model answers with, as the parameters of Triton's FIL backend say it.
 *
 * @param threshold above which a probability means the second of two classes
 */
record PredictionForm(Kind kind, double threshold) {
    private static final double HALF = 0.5;

    enum Kind {
        /** What the library's own predict gives. */
        PREDICTION,
        /** The sums without the objective's link. */
        MARGIN,
        /** A probability a class. */
        PROBABILITIES,
        /** The number of a class. */
        CLASS
    }

    /** Ours: whether the sums are wanted as they are before the objective's link. */
    static final String SUMS = "raw_score";

    static PredictionForm of(Map<String, String> parameters) {
        double threshold = threshold(parameters.getOrDefault("threshold", Double.toString(HALF)));
        if (truth(parameters, SUMS)) {
            return new PredictionForm(Kind.MARGIN, threshold);
        }
        if (truth(parameters, "predict_proba")) {
            return new PredictionForm(Kind.PROBABILITIES, threshold);
        }
        return new PredictionForm(truth(parameters, "output_class") ? Kind.CLASS : Kind.PREDICTION, threshold);
    }

    private static boolean truth(Map<String, String> parameters, String name) {
        String value = parameters.getOrDefault(name, "false").strip();
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default ->
                throw new ModelFormatException("parameter '" + name + "': expected true or false, got '" + value + "'");
        };
    }

    private static double threshold(String value) {
        try {
            return Double.parseDouble(value.strip());
        } catch (NumberFormatException e) {
            throw new ModelFormatException("parameter 'threshold': expected a number, got '" + value + "'", e);
        }
    }
}
