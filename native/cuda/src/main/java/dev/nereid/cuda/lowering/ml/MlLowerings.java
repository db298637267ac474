package dev.nereid.cuda.lowering.ml;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.ml.TreeEnsemble;
import dev.nereid.models.operators.ml.TreeEnsembleClassifier;
import dev.nereid.models.operators.ml.TreeEnsembleRegressor;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class MlLowerings {
    private MlLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.of(TreeEnsemble.class, new TreeEnsembleLowering()),
                LoweringEntry.of(TreeEnsembleClassifier.class, new TreeEnsembleClassifierLowering()),
                LoweringEntry.of(TreeEnsembleRegressor.class, new TreeEnsembleRegressorLowering()));
    }
}
