package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.tflite.TfliteMath.FixedPoint;
import dev.nereid.tensor.DataType;

/** The mean over axes; of quantised tensors by sums of integers. */
final class TfliteMean {
    private TfliteMean() {}

    static Value of(TfliteCall call) {
        if (!call.computesIntegers()) {
            return TfliteReductions.reduced(call, "ReduceMean");
        }
        GraphBuilder graph = call.graph();
        Value x = call.input(0);
        long[] axes = call.integers(1);
        int count = 1;
        for (long axis : axes) {
            if (axis < -graph.rank(x)
                    || axis >= graph.rank(x)
                    || !graph.dim(x, (int) axis).isKnown()) {
                throw new ModelFormatException("the mean of quantised tensors over an axis whose extent is not known");
            }
            count = Math.multiplyExact(
                    count, Math.toIntExact(graph.dim(x, (int) axis).value()));
        }
        if (axes.length == 0 || count == 0) {
            throw new ModelFormatException("a mean over no elements");
        }
        Value sums = CommonNodes.reduce(
                graph,
                "ReduceSum",
                TfliteIntegers.centred(call, 0),
                call.options().flag(0),
                axes);
        FixedPoint factor =
                FixedPoint.of((double) call.declared(0).scale() / call.output(0).scale());
        // Scaled first, then divided, as the run times do it that were compared; the newest ones divide the factor.
        Value scaled = TfliteIntegers.scaledWide(call, graph.cast(sums, DataType.INT32), factor);
        Value mean = TfliteIntegers.dividedAwayFromZero(graph, scaled, graph.scalar((long) count, DataType.INT32));
        Value moved = graph.node("Add", mean, graph.scalar((long) call.output(0).zeroPoint(), DataType.INT32));
        FusedActivation.Range range = FusedActivation.range(call.output(0).type());
        return graph.cast(
                FusedActivation.clip(graph, moved, range.least(), range.most()),
                call.output(0).type());
    }
}
