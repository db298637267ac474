package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
import java.util.List;

/** The list of the operators that put the numbers along an axis together. */
final class ReductionOperators {
    private ReductionOperators() {}

    static List<Entry> all() {
        return List.of(
                reduction("ReduceSum", ReduceOp.SUM),
                reduction("ReduceMean", ReduceOp.MEAN),
                reduction("ReduceMax", ReduceOp.MAX).taking(DataTypes.NUMBERS_AND_BOOL),
                reduction("ReduceMin", ReduceOp.MIN).taking(DataTypes.NUMBERS_AND_BOOL),
                reduction("ReduceProd", ReduceOp.PRODUCT),
                reduction("ReduceSumSquare", ReduceOp.SUM_SQUARE),
                reduction("ReduceL1", ReduceOp.L1),
                reduction("ReduceL2", ReduceOp.L2),
                reduction("ReduceLogSum", ReduceOp.LOG_SUM),
                reduction("ReduceLogSumExp", ReduceOp.LOG_SUM_EXP),
                Entry.of("ArgMax", 1, new ArgReduction(ArgMinMax.GREATEST)).taking(DataTypes.NUMBERS),
                Entry.of("ArgMin", 1, new ArgReduction(ArgMinMax.LEAST)).taking(DataTypes.NUMBERS),
                Entry.of("CumSum", 11, new Cumulative(Accumulation.SUM))
                        .taking(DataTypes.NUMBERS)
                        .taking(1, DataTypes.INDICES),
                Entry.of("CumProd", 26, new Cumulative(Accumulation.PRODUCT))
                        .taking(DataTypes.NUMBERS)
                        .taking(1, DataTypes.INDICES),
                Entry.of("Softmax", 1, new Softmax(RowOp.SOFTMAX, true)).taking(DataTypes.FLOATS),
                Entry.of("Softmax", 13, new Softmax(RowOp.SOFTMAX, false)).taking(DataTypes.FLOATS),
                Entry.of("LogSoftmax", 1, new Softmax(RowOp.LOG_SOFTMAX, true)).taking(DataTypes.FLOATS),
                Entry.of("LogSoftmax", 13, new Softmax(RowOp.LOG_SOFTMAX, false))
                        .taking(DataTypes.FLOATS),
                Entry.of("Hardmax", 1, new Softmax(RowOp.HARDMAX, true)).taking(DataTypes.FLOATS),
                Entry.of("Hardmax", 13, new Softmax(RowOp.HARDMAX, false)).taking(DataTypes.FLOATS));
    }

    private static Entry reduction(String name, ReduceOp op) {
        return Entry.of(name, 1, new Reduce(op)).taking(DataTypes.NUMBERS).with(Trait.REDUCTION);
    }
}
