package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;
import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Biases and normalizations of channels. */
final class TensorflowNormalizations {
    private static final AttributeDefaults LAYOUT = AttributeDefaults.NONE.text("data_format", "NHWC");

    private TensorflowNormalizations() {}

    static List<TensorflowOperator> all() {
        List<TensorflowOperator> rows = new ArrayList<>();
        rows.add(row("BiasAdd", LAYOUT, TensorflowNormalizations::bias));
        rows.add(row("BiasAddV1", TensorflowNormalizations::biasOfLastAxis));
        AttributeDefaults defaults = LAYOUT.real("epsilon", 1e-4).flag("is_training", true);
        for (String name : List.of("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")) {
            rows.add(results(name, defaults, TensorflowNormalizations::normalize));
        }
        rows.add(row(
                "LRN",
                AttributeDefaults.NONE
                        .integer("depth_radius", 5)
                        .real("bias", 1)
                        .real("alpha", 1)
                        .real("beta", 0.5),
                TensorflowNormalizations::acrossChannels));
        return rows;
    }

    private static Value bias(TensorflowCall call) {
        boolean first = call.attributes().text("data_format").startsWith("NC");
        if (!first || call.rank(0) < 3) {
            return biasOfLastAxis(call);
        }
        long[] axes = LongStream.range(1, call.rank(0) - 1).toArray();
        return call.node("Add", call.input(0), CommonNodes.unsqueeze(call.graph(), call.input(1), axes));
    }

    private static Value biasOfLastAxis(TensorflowCall call) {
        return Broadcasts.apply(call, (a, b) -> call.node("Add", a, b));
    }

    private static List<Value> normalize(TensorflowCall call) {
        Windows windows = new Windows(call, call.rank(0));
        GraphBuilder graph = call.graph();
        double epsilon = call.attributes().real("epsilon");
        Value first = windows.first(call.input(0));
        if (call.attributes().flag("is_training")) {
            return ofBatch(call, windows, first, epsilon);
        }
        Value made = graph.node(
                "BatchNormalization",
                OnnxAttributes.real("epsilon", epsilon),
                first,
                call.input(1),
                call.input(2),
                call.input(3),
                call.input(4));
        return List.of(windows.back(made), call.input(3), call.input(4));
    }

    /** With the mean and the variance of the batch, which it gives back too. */
    private static List<Value> ofBatch(TensorflowCall call, Windows windows, Value first, double epsilon) {
        GraphBuilder graph = call.graph();
        int rank = graph.rank(first);
        long[] axes = LongStream.range(0, rank).filter(axis -> axis != 1).toArray();
        Value x = graph.cast(first, DataType.FP32);
        Value mean = CommonNodes.reduce(graph, "ReduceMean", x, false, axes);
        long[] spatial = LongStream.range(1, rank - 1).toArray();
        Value centred = graph.node("Sub", x, CommonNodes.unsqueeze(graph, mean, spatial));
        Value squares = graph.node("Mul", centred, centred);
        Value variance = CommonNodes.reduce(graph, "ReduceMean", squares, false, axes);
        Value made = graph.node(
                "BatchNormalization",
                OnnxAttributes.real("epsilon", epsilon),
                x,
                call.input(1),
                call.input(2),
                mean,
                variance);
        Value count = graph.node(
                "Div",
                graph.cast(graph.node("Size", x), DataType.FP32),
                graph.cast(graph.node("Size", mean), DataType.FP32));
        Value one = graph.scalar(1.0, DataType.FP32);
        Value factor = graph.node("Div", count, graph.node("Max", graph.node("Sub", count, one), one));
        Value result = windows.back(graph.cast(made, call.dataType(0)));
        return List.of(result, mean, graph.node("Mul", variance, factor));
    }

    private static Value acrossChannels(TensorflowCall call) {
        long size = 2 * call.attributes().integer("depth_radius") + 1;
        return call.layouts()
                .around(
                        call.graph(),
                        call.input(0),
                        x -> call.graph()
                                .node(
                                        "LRN",
                                        OnnxAttributes.integer("size", size)
                                                .with(
                                                        "alpha",
                                                        OnnxAttributes.realValue(call.attributes()
                                                                        .real("alpha")
                                                                * size))
                                                .with(
                                                        "beta",
                                                        OnnxAttributes.realValue(call.attributes()
                                                                .real("beta")))
                                                .with(
                                                        "bias",
                                                        OnnxAttributes.realValue(call.attributes()
                                                                .real("bias"))),
                                        x));
    }
}
