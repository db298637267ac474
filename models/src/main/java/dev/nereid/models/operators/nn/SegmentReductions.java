package dev.nereid.models.operators.nn;

import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;
import java.util.Map;

/** The list of the reductions of texts that stand one behind the other. */
final class SegmentReductions {
    private static final Map<String, ReduceOp> REDUCTIONS = Map.ofEntries(
            Map.entry("ReduceSum", ReduceOp.SUM),
            Map.entry("ReduceMean", ReduceOp.MEAN),
            Map.entry("ReduceMax", ReduceOp.MAX),
            Map.entry("ReduceMin", ReduceOp.MIN),
            Map.entry("ReduceProd", ReduceOp.PRODUCT),
            Map.entry("ReduceSumSquare", ReduceOp.SUM_SQUARE),
            Map.entry("ReduceL1", ReduceOp.L1),
            Map.entry("ReduceL2", ReduceOp.L2),
            Map.entry("ReduceLogSum", ReduceOp.LOG_SUM),
            Map.entry("ReduceLogSumExp", ReduceOp.LOG_SUM_EXP));

    private SegmentReductions() {}

    static List<Entry> all() {
        return REDUCTIONS.entrySet().stream()
                .map(row -> Entry.of("dev.nereid", "Segment" + row.getKey(), 1, new SegmentReduce(row.getValue()))
                        .taking(DataTypes.NUMBERS))
                .toList();
    }
}
