package dev.nereid.models.trees;

import dev.nereid.tensor.DataType;
import java.util.Objects;

/**
 * A model of either library, as far as predictions need it.
 *
 * @param features of a row
 * @param type what thresholds, leaves and sums are computed in
 * @param bases one a score, added to the sum
 * @param divisor of the sum: the number of iterations of a random forest that averages
 * @param scale of the sum in the {@link LinkFunction#LOGISTIC} links
 */
@SuppressWarnings("ArrayRecordComponent") // made and read in this package alone
record TreeModel(
        int features,
        DataType type,
        Predictor predictor,
        double[] bases,
        double divisor,
        LinkFunction link,
        double scale) {
    /** Up to here LightGBM takes numbers for zeros. */
    static final double ZERO = 1e-35f;

    /** What is summed. */
    sealed interface Predictor {}

    /** @param truncated whether a category is a number without its fraction; otherwise the next lower one */
    record Trees(TreeEnsembleAttributes ensemble, boolean truncated) implements Predictor {
        Trees {
            Objects.requireNonNull(ensemble, "ensemble");
        }
    }

    /**
     * One layer.
     *
     * @param weights [features, scores]
     * @param biases one a score
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Linear(double[] weights, double[] biases) implements Predictor {}

    int scores() {
        return bases.length;
    }

    int classes() {
        return link.classes(scores());
    }
}
