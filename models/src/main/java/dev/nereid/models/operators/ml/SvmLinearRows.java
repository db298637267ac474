package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.List;

/** The class of a row by the highest of its linear functions. */
record SvmLinearRows(int classes, float offset, boolean hasProbabilities, boolean isPositive, PostTransform transform) {
    static SvmLinearRows of(Attributes attributes, ClassLabels labels) {
        List<Float> rho = attributes.reals("rho").orElse(List.of());
        if (rho.isEmpty()) {
            throw new ModelFormatException("attribute 'rho': expected an offset");
        }
        boolean positive =
                attributes.reals("coefficients").orElse(List.of()).stream().allMatch(value -> value >= 0);
        boolean probabilities = attributes.reals("prob_a").map(List::size).orElse(0) > 0;
        return new SvmLinearRows(labels.count(), rho.get(0), probabilities, positive, PostTransform.of(attributes));
    }

    /**
     * Computes a row.
     *
     * @param values of the linear functions, floats; without the offset
     * @param scores receives one a class
     * @return the class
     */
    int finish(double[] values, double[] scores) {
        int best = 0;
        for (int i = 0; i < classes; i++) {
            scores[i] = (float) values[i] + offset;
            best = scores[i] > scores[best] ? i : best;
        }
        double highest = scores[best];
        // With two classes, the second one needs no more than a score above the bound between them.
        boolean isSecond = classes == 2 && !hasProbabilities && (isPositive ? highest >= 0.5 : highest > 0);
        transform.apply(scores, classes);
        return isSecond ? 1 : best;
    }
}
