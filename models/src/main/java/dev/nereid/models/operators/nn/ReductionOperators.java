package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators that put the numbers along an axis together. */
final class ReductionOperators {
    private ReductionOperators() {}

    static List<Entry> all() {
        return List.of(
                Entry.of("ReduceSum", 1, new Reduce(ReduceOp.SUM)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceMean", 1, new Reduce(ReduceOp.MEAN)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceMax", 1, new Reduce(ReduceOp.MAX)).taking(DataTypes.NUMBERS_AND_BOOL),
                Entry.of("ReduceMin", 1, new Reduce(ReduceOp.MIN)).taking(DataTypes.NUMBERS_AND_BOOL),
                Entry.of("ReduceProd", 1, new Reduce(ReduceOp.PRODUCT)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceSumSquare", 1, new Reduce(ReduceOp.SUM_SQUARE)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceL1", 1, new Reduce(ReduceOp.L1)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceL2", 1, new Reduce(ReduceOp.L2)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceLogSum", 1, new Reduce(ReduceOp.LOG_SUM)).taking(DataTypes.NUMBERS),
                Entry.of("ReduceLogSumExp", 1, new Reduce(ReduceOp.LOG_SUM_EXP)).taking(DataTypes.NUMBERS),
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
}
