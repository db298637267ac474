package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.Extreme;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators that put the numbers along an axis together. */
final class ReductionOperators {
    private ReductionOperators() {}

    static List<Entry> all() {
        return List.of(
                Entry.of("ReduceSum", 1, new Reduce(ReduceOp.SUM)),
                Entry.of("ReduceMean", 1, new Reduce(ReduceOp.MEAN)),
                Entry.of("ReduceMax", 1, new Reduce(ReduceOp.MAX)),
                Entry.of("ReduceMin", 1, new Reduce(ReduceOp.MIN)),
                Entry.of("ReduceProd", 1, new Reduce(ReduceOp.PRODUCT)),
                Entry.of("ReduceSumSquare", 1, new Reduce(ReduceOp.SUM_SQUARE)),
                Entry.of("ReduceL1", 1, new Reduce(ReduceOp.L1)),
                Entry.of("ReduceL2", 1, new Reduce(ReduceOp.L2)),
                Entry.of("ReduceLogSum", 1, new Reduce(ReduceOp.LOG_SUM)),
                Entry.of("ReduceLogSumExp", 1, new Reduce(ReduceOp.LOG_SUM_EXP)),
                Entry.of("ArgMax", 1, new ArgExtreme(Extreme.GREATEST)),
                Entry.of("ArgMin", 1, new ArgExtreme(Extreme.LEAST)),
                Entry.of("CumSum", 11, new Cumulative(Accumulation.SUM)),
                Entry.of("CumProd", 26, new Cumulative(Accumulation.PRODUCT)),
                Entry.of("Softmax", 1, new Softmax(RowOp.SOFTMAX, true)),
                Entry.of("Softmax", 13, new Softmax(RowOp.SOFTMAX, false)),
                Entry.of("LogSoftmax", 1, new Softmax(RowOp.LOG_SOFTMAX, true)),
                Entry.of("LogSoftmax", 13, new Softmax(RowOp.LOG_SOFTMAX, false)),
                Entry.of("Hardmax", 1, new Softmax(RowOp.HARDMAX, true)),
                Entry.of("Hardmax", 13, new Softmax(RowOp.HARDMAX, false)));
    }
}
