package dev.nereid.models.trees;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;

/**
 * What one of XGBoost's objectives does with the sums, and how its base score, which a file has as a prediction, becomes a
 * part of the sums.
 */
record XgboostObjective(LinkFunction link, DoubleUnaryOperator baseMargin) {
    private static final XgboostObjective PLAIN =
            new XgboostObjective(LinkFunction.IDENTITY, DoubleUnaryOperator.identity());
    private static final XgboostObjective LOGISTIC =
            new XgboostObjective(LinkFunction.LOGISTIC, XgboostObjective::logit);
    private static final XgboostObjective EXPONENTIAL = new XgboostObjective(LinkFunction.EXPONENTIAL, Math::log);

    private static final Map<String, XgboostObjective> TABLE = Map.ofEntries(
            Map.entry("reg:squarederror", PLAIN),
            Map.entry("reg:linear", PLAIN),
            Map.entry("reg:squaredlogerror", PLAIN),
            Map.entry("reg:pseudohubererror", PLAIN),
            Map.entry("reg:absoluteerror", PLAIN),
            Map.entry("reg:quantileerror", PLAIN),
            Map.entry("reg:logistic", LOGISTIC),
            Map.entry("binary:logistic", LOGISTIC),
            Map.entry("binary:logitraw", new XgboostObjective(LinkFunction.IDENTITY, XgboostObjective::logit)),
            Map.entry("binary:hinge", new XgboostObjective(LinkFunction.STEP, DoubleUnaryOperator.identity())),
            Map.entry("reg:gamma", EXPONENTIAL),
            Map.entry("reg:tweedie", EXPONENTIAL),
            Map.entry("count:poisson", EXPONENTIAL),
            Map.entry("survival:cox", EXPONENTIAL),
            Map.entry("survival:aft", EXPONENTIAL),
            Map.entry("multi:softmax", new XgboostObjective(LinkFunction.HIGHEST, DoubleUnaryOperator.identity())),
            Map.entry("multi:softprob", new XgboostObjective(LinkFunction.SOFTMAX, DoubleUnaryOperator.identity())),
            Map.entry("rank:pairwise", PLAIN),
            Map.entry("rank:ndcg", PLAIN),
            Map.entry("rank:map", PLAIN));

    /** The objectives that are known. */
    static TreeSet<String> names() {
        return new TreeSet<>(TABLE.keySet());
    }

    static XgboostObjective of(String name) {
        XgboostObjective objective = TABLE.get(name);
        if (objective == null) {
            throw new ModelFormatException("objective '" + name + "' is not known; expected one of " + names());
        }
        return objective;
    }

    /** A model with this objective. */
    TreeModel model(int features, TreeModel.Predictor predictor, double[] baseScores, boolean asMargin, int scores) {
        if (baseScores.length != 1 && baseScores.length != scores) {
            throw new ModelFormatException(
                    "base_score: expected 1 number or one for each of " + scores + " scores, got " + baseScores.length);
        }
        double[] bases = new double[scores];
        for (int i = 0; i < scores; i++) {
            double base = baseScores[baseScores.length == 1 ? 0 : i];
            bases[i] = (float) (asMargin ? base : baseMargin.applyAsDouble(base));
            if (!Double.isFinite(bases[i])) {
                throw new ModelFormatException("base_score " + base + " is not one of the objective's predictions");
            }
        }
        LinkFunction used = link == LinkFunction.LOGISTIC && scores > 1 ? LinkFunction.LOGISTIC_OF_EACH : link;
        return new TreeModel(features, DataType.FP32, predictor, bases, 1, used, 1);
    }

    private static double logit(double probability) {
        return -Math.log(1 / probability - 1);
    }
}
