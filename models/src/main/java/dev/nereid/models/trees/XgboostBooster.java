package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import java.util.Arrays;

/** What XGBoost's documents and its older binary files have in common beside the nodes of trees. */
final class XgboostBooster {
    private XgboostBooster() {}

    /**
     * A linear booster, which is one layer.
     *
     * @param weights [features, scores], and behind them the biases
     */
    static TreeModel.Linear linear(float[] weights, int features, int scores) {
        if (weights.length != (features + 1L) * scores) {
            throw new ModelFormatException("the linear booster's weights: expected " + (features + 1L) * scores
                    + " for " + features + " features, a bias and " + scores + " scores, got " + weights.length);
        }
        double[] all = new double[weights.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = weights[i];
        }
        int biases = features * scores;
        return new TreeModel.Linear(Arrays.copyOf(all, biases), Arrays.copyOfRange(all, biases, all.length));
    }

    static TreeModel.Trees trees(TreeEnsembleAttributes ensemble) {
        if (ensemble.trees() == 0) {
            throw new ModelFormatException("the model has no trees: it was saved before it was trained");
        }
        return new TreeModel.Trees(ensemble, false);
    }

    /** @param weights how many there are; none where all trees weigh the same */
    static void requireTreeWeights(int weights, int trees) {
        if (weights != 0 && weights != trees) {
            throw new ModelFormatException(
                    "'weight_drop': expected a weight for each of " + trees + " trees, got " + weights);
        }
    }

    static void requireTarget(int target, int scores) {
        if (target < 0 || target >= scores) {
            throw new ModelFormatException("it adds to score " + target + ", and the model has " + scores);
        }
    }
}
