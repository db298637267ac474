package dev.nereid.cuda.lowering.nn;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.nn.ArgReduction;
import dev.nereid.models.operators.nn.BatchNormalization;
import dev.nereid.models.operators.nn.Cumulative;
import dev.nereid.models.operators.nn.GroupNormalization;
import dev.nereid.models.operators.nn.LayerNormalization;
import dev.nereid.models.operators.nn.MaxPool;
import dev.nereid.models.operators.nn.Reduce;
import dev.nereid.models.operators.nn.ReducingPool;
import dev.nereid.models.operators.nn.RmsNormalization;
import dev.nereid.models.operators.nn.Softmax;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class NnLowerings {
    private NnLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.widening(ArgReduction.class, new ArgReductionLowering()),
                LoweringEntry.widening(BatchNormalization.class, new BatchNormalizationLowering()),
                LoweringEntry.widening(Cumulative.class, new CumulativeLowering()),
                LoweringEntry.widening(GroupNormalization.class, new GroupNormalizationLowering()),
                LoweringEntry.widening(LayerNormalization.class, new LayerNormalizationLowering()),
                LoweringEntry.widening(MaxPool.class, new MaxPoolLowering()),
                LoweringEntry.widening(Reduce.class, new ReduceLowering()),
                LoweringEntry.widening(ReducingPool.class, new ReducingPoolLowering()),
                LoweringEntry.widening(RmsNormalization.class, new RmsNormalizationLowering()),
                LoweringEntry.widening(Softmax.class, new SoftmaxLowering()));
    }
}
