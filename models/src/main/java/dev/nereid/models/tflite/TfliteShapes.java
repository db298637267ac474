package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.moves;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.Arrays;
import java.util.List;

/** Operators that change or tell shapes, and make tensors of a shape. */
final class TfliteShapes {
    private TfliteShapes() {}

    static List<TfliteOperator> all() {
        return List.of(
                moves("RESHAPE", TfliteShapes::reshape),
                moves("SQUEEZE", TfliteShapes::squeeze),
                moves(
                        "EXPAND_DIMS",
                        call -> call.graph()
                                .node("Unsqueeze", call.input(0), call.graph().integers(call.axis(1)))),
                moves(
                        "SHAPE",
                        call -> call.graph()
                                .cast(
                                        call.graph().node("Shape", call.input(0)),
                                        call.output(0).type())),
                moves("RANK", call -> call.graph().scalar((long) call.graph().rank(call.input(0)), DataType.INT32)),
                moves("FILL", call -> call.graph().node("Expand", call.input(1), call.wide(0))),
                moves("BROADCAST_TO", call -> call.graph().node("Expand", call.input(0), call.wide(1))),
                moves("TILE", call -> call.graph().node("Tile", call.input(0), call.wide(1))),
                moves("RANGE", call -> call.graph().node("Range", call.input(0), call.input(1), call.input(2))));
    }

    private static Value reshape(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value shape = call.has(1) && call.declared(1).shape().length == 1
                ? call.wide(1)
                : graph.integers(
                        Arrays.stream(call.options().integers(0)).asLongStream().toArray());
        return graph.node("Reshape", OnnxAttributes.integer("allowzero", 1), call.input(0), shape);
    }

    private static Value squeeze(TfliteCall call) {
        int[] axes = call.options().integers(0);
        GraphBuilder graph = call.graph();
        return axes.length == 0
                ? graph.node("Squeeze", call.input(0))
                : graph.node(
                        "Squeeze",
                        call.input(0),
                        graph.integers(Arrays.stream(axes).asLongStream().toArray()));
    }
}
