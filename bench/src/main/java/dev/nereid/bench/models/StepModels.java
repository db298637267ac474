package dev.nereid.bench.models;

import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.TensorProto.DataType;
import java.util.List;

/** Small graphs that run again and again, each on what the one before left. */
final class StepModels {
    private static final int OPERATOR_SET = 20;
    private static final int WIDTH = 64;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "steps",
            1.0,
            new OperatorModel("scan-sums-128", () -> scanned(128, StepModels::sums)),
            new OperatorModel("scan-cells-128", () -> scanned(128, StepModels::cells)),
            new OperatorModel("loop-cells-128", () -> looped(128))));

    private StepModels() {}

    /** What a step makes of a state and an element. */
    private interface Step {
        String of(GraphWriter body, String state, String element);
    }

    private static String sums(GraphWriter body, String state, String element) {
        return body.node("Add", state, element);
    }

    /** A recurrent cell written out. */
    private static String cells(GraphWriter body, String state, String element) {
        String product = body.node("MatMul", state, body.weights("recurrent", WIDTH, WIDTH, WIDTH));
        return body.node("Tanh", body.node("Add", product, element));
    }

    private static ModelProto scanned(int steps, Step step) {
        GraphWriter body = new GraphWriter(OPERATOR_SET);
        String next = step.of(body, body.input("state", 1, WIDTH), body.input("element", 1, WIDTH));
        String given = body.node("Identity", next);
        body.output(DataType.FLOAT, next);
        body.output(DataType.FLOAT, given);
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String scan = graph.nodeOf(
                2,
                "Scan",
                Attributes.NONE.with("body", body.body()).with("num_scan_inputs", 1),
                graph.input("x", 1, WIDTH),
                graph.input("elements", steps, 1, WIDTH));
        graph.output(DataType.FLOAT, scan + "_1");
        return graph.model(scan);
    }

    private static ModelProto looped(int steps) {
        GraphWriter graph = new GraphWriter(OPERATOR_SET);
        String elements = graph.input("elements", steps, 1, WIDTH);
        String loop = graph.nodeOf(
                2,
                "Loop",
                Attributes.NONE.with("body", loop(elements)),
                graph.scalarInteger("steps", steps),
                "",
                graph.input("x", 1, WIDTH));
        graph.output(DataType.FLOAT, loop + "_1");
        return graph.model(loop);
    }

    /** The cell, as PyTorch exports a loop: the element is taken out of what lies around. */
    private static GraphProto loop(String elements) {
        GraphWriter body = new GraphWriter(OPERATOR_SET);
        String number = body.input(DataType.INT64, "number");
        String goesOn = body.input(DataType.BOOL, "goes_on");
        String state = body.input("state", 1, WIDTH);
        String element = body.node("Gather", elements, number);
        String next = cells(body, state, element);
        String still = body.node("Identity", goesOn);
        String given = body.node("Identity", next);
        body.output(DataType.BOOL, still);
        body.output(DataType.FLOAT, next);
        body.output(DataType.FLOAT, given);
        return body.body();
    }
}
