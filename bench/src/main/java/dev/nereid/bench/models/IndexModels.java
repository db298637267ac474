package dev.nereid.bench.models;

import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;

/** What sorts, selects and puts elements by index. */
final class IndexModels {
    private static final int OPERATOR_SET = 20;
    private static final double GOAL = 1.0;

    private static final OperatorFamily SELECTION = OperatorFamily.of(
            "top-k",
            GOAL,
            topK(5, 1, 1, 84, 8400),
            topK(300, 1, 1, 8400),
            topK(300, 1, 1, 24_000),
            topK(5, 1, 100, 1000),
            topK(50, 1, 1, 32_000),
            topK(2, 1, 256, 64));

    private static final OperatorFamily TOTALS = OperatorFamily.of(
            "running-total",
            GOAL,
            running(1, 1, 512, 64),
            running(2, 8, 16, 80, 80),
            running(1, 64, 512),
            running(0, 8192),
            running(1, 8, 256, 384),
            running(2, 8, 256, 384),
            running(1, 64, 48, 12),
            positions(8, 512));

    private static final OperatorFamily SCATTER = OperatorFamily.of(
            "scatter",
            GOAL,
            new OperatorModel("elements-add-2000x64", () -> scatterElements("add")),
            new OperatorModel("elements-max-2000x64", () -> scatterElements("max")),
            new OperatorModel("rows-add-2000x64", () -> scatterRows("add")),
            new OperatorModel("elements-put-2000x64", () -> scatterElements("none")),
            new OperatorModel("rows-put-2000x64", () -> scatterRows("none")));

    private static final OperatorFamily SUPPRESSION = OperatorFamily.of(
            "suppression", GOAL, suppression(8400, 1, 0.9f), suppression(2100, 80, 0.97f), suppression(1000, 1, 0f));

    static final List<OperatorFamily> FAMILIES = List.of(SELECTION, TOTALS, SCATTER, SUPPRESSION);

    private IndexModels() {}

    private static OperatorModel model(String name, BiFunction<GraphWriter, String, String> node, int... dims) {
        return new OperatorModel(name + "-" + RowModels.text(dims), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String x = graph.input("x", RowModels.longs(dims));
            return graph.model(node.apply(graph, x));
        });
    }

    private static OperatorModel topK(int k, int axis, int... dims) {
        return model(
                k + "-of",
                (graph, x) -> {
                    String top = graph.nodeOf(2, "TopK", Attributes.NONE.with("axis", axis), x, graph.list("k", k));
                    graph.output(DataType.INT64, top + "_1");
                    return top;
                },
                dims);
    }

    private static OperatorModel running(int axis, int... dims) {
        return model("axis-" + axis, (graph, x) -> graph.node("CumSum", x, graph.scalarInteger("axis", axis)), dims);
    }

    /** The places of tokens among those that count, as texts with padding have them. */
    private static OperatorModel positions(int texts, int tokens) {
        return new OperatorModel("integers-" + RowModels.text(texts, tokens), () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    DataType.INT64,
                    graph.node(
                            "CumSum", graph.input(DataType.INT64, "x", texts, tokens), graph.scalarInteger("axis", 1)));
        });
    }

    /** Messages along 2000 edges to 500 nodes; each element has a place of its own. */
    private static ModelProto scatterElements(String reduction) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        long[] targets = targets();
        long[] places = new long[targets.length * 64];
        for (int i = 0; i < places.length; i++) {
            places[i] = targets[i / 64];
        }
        return graph.model(graph.node(
                "ScatterElements",
                Attributes.NONE.with("axis", 0).with("reduction", reduction),
                graph.input("x", 500, 64),
                graph.integers("places", places, targets.length, 64),
                graph.input("updates", targets.length, 64)));
    }

    private static ModelProto scatterRows(String reduction) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        long[] targets = targets();
        return graph.model(graph.node(
                "ScatterND",
                Attributes.NONE.with("reduction", reduction),
                graph.input("x", 500, 64),
                graph.integers("places", targets, targets.length, 1),
                graph.input("updates", targets.length, 64)));
    }

    private static long[] targets() {
        return new Random(500).longs(2000, 0, 500).toArray();
    }

    /** Boxes of up to a tenth of the picture; those of a score above {@code least} are looked at. */
    private static OperatorModel suppression(int boxes, int classes, float least) {
        return new OperatorModel(boxes + "x" + classes, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            return graph.model(
                    DataType.INT64,
                    graph.node(
                            "NonMaxSuppression",
                            boxes(graph, boxes),
                            graph.input("scores", 1, classes, boxes),
                            graph.list("most", 100L),
                            graph.list("overlap", 0.5f),
                            graph.list("least", least)));
        });
    }

    private static String boxes(GraphWriter graph, int count) {
        String corner = graph.node("Abs", graph.floats("corners", 1, 1, count, 2));
        String size = graph.node("Abs", graph.floats("sizes", 0.1, 1, count, 2));
        return graph.node("Concat", Attributes.NONE.with("axis", 2), corner, graph.node("Add", corner, size));
    }
}
