package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;

/**
 * Where the scores of one stage go.
 *
 * @param tensor [batch, heads, queries, keys]
 * @param zeroForbidden whether the scores of keys that a query must not see are given as 0, not as minus infinity
 */
record ScoreOutput(Tensor tensor, Stage stage, boolean zeroForbidden) {
    /** How far scores have come. */
    enum Stage {
        SCALED,
        CAPPED,
        BIASED,
        WEIGHTS
    }

    /** Writes the scores of one query if they have come this far. */
    void write(Stage reached, long rowNumber, double[] row) {
        if (reached == stage) {
            for (int key = 0; key < row.length; key++) {
                boolean zero = zeroForbidden && row[key] == Double.NEGATIVE_INFINITY;
                RealNumbers.set(tensor, rowNumber * row.length + key, zero ? 0 : row[key]);
            }
        }
    }
}
