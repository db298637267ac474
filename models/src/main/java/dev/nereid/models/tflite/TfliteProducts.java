package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import java.util.List;
import java.util.Optional;

/** Products of matrices. */
final class TfliteProducts {
    private TfliteProducts() {}

    static List<TfliteOperator> all() {
        return List.of(
                integers("FULLY_CONNECTED", TfliteProducts::fullyConnected),
                numbers("BATCH_MATMUL", TfliteProducts::batchMatmul));
    }

    /** The weight is [units, depth]; the input is [..., depth], or anything that rows of that depth make up. */
    private static Value fullyConnected(TfliteCall call) {
        GraphBuilder graph = call.graph();
        if (call.options().small(1, 0) != 0) {
            throw new ModelFormatException("shuffled weights are not supported");
        }
        Value weight = CommonNodes.transpose(graph, TfliteConvolutions.floats(call, 1), 1, 0);
        if (graph.rank(call.input(1)) != 2 || !graph.dim(weight, 0).isKnown()) {
            throw new ModelFormatException("expected a weight of rank 2");
        }
        FusedActivation activation = FusedActivation.of(call.options().small(0, 0));
        Value x = call.input(0);
        if (!call.options().flag(2) && graph.rank(x) != 2) {
            x = CommonNodes.reshape(graph, x, -1, graph.dim(weight, 0).value());
        }
        if (!call.computesIntegers()) {
            Value y = graph.node("MatMul", x, weight);
            return activation.apply(graph, call.has(2) ? graph.node("Add", y, call.input(2)) : y);
        }
        Value y = CommonNodes.optional(
                graph,
                "",
                "MatMulInteger",
                dev.nereid.models.graph.Attributes.NONE,
                List.of(
                        Optional.of(x),
                        Optional.of(weight),
                        TfliteConvolutions.zeroPoint(call, 0),
                        TfliteConvolutions.zeroPoint(call, 1)));
        Value sums = call.has(2) ? graph.node("Add", y, call.input(2)) : y;
        return TfliteIntegers.scaledOnce(call, sums, activation, factors(call));
    }

    private static TfliteMath.FixedPoint[] factors(TfliteCall call) {
        if (call.declared(1).quantization().scales().length != 1) {
            return TfliteConvolutions.factors(call);
        }
        float product = call.declared(0).scale() * call.declared(1).scale();
        return new TfliteMath.FixedPoint[] {
            TfliteMath.FixedPoint.of((double) product / call.output(0).scale())
        };
    }

    private static Value batchMatmul(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value left = call.input(0);
        Value right = call.input(1);
        return graph.node(
                "MatMul",
                call.options().flag(0) ? CommonNodes.swapAxes(graph, left, -1, -2) : left,
                call.options().flag(1) ? CommonNodes.swapAxes(graph, right, -1, -2) : right);
    }
}
