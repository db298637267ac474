package dev.nereid.models.operators.attention;

import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;

/**
 * Where the scores of one stage go.
 *
 * @param tensor [batch, heads, queries, keys]
 */
record ScoreOutput(Tensor tensor, Stage stage) {
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
                RealNumbers.set(tensor, rowNumber * row.length + key, row[key]);
            }
        }
    }
}
