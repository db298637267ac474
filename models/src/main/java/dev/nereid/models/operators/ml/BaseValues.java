package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;

/** What is added to the scores of every row. */
final class BaseValues {
    private BaseValues() {}

    /**
     * Reads {@code base_values}: none, or one a score; a classifier of two classes may have only one.
     *
     * @throws ModelFormatException if it has another length
     */
    static double[] read(Attributes attributes, int targets, boolean oneIsEnough) {
        double[] values = NumberLists.read(attributes, "base_values");
        if (values.length != 0 && values.length != targets && !(oneIsEnough && values.length == 1)) {
            throw new ModelFormatException("attribute 'base_values': expected a number for each of " + targets
                    + " scores, got " + values.length);
        }
        return values;
    }
}
