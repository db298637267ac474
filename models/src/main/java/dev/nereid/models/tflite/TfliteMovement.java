package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.moves;
import static dev.nereid.models.tflite.TfliteOperator.numbers;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Operators that move, join and choose elements. */
final class TfliteMovement {
    private TfliteMovement() {}

    static List<TfliteOperator> all() {
        return List.of(
                moves("TRANSPOSE", call -> CommonNodes.transpose(call.graph(), call.input(0), call.integers(1))),
                moves("CONCATENATION", TfliteMovement::concatenation),
                moves("PACK", TfliteMovement::pack),
                new TfliteOperator("UNPACK", TfliteOperator.Arithmetic.MOVES, TfliteMovement::unpack),
                moves("PAD", call -> pad(call, padding(call))),
                moves("PADV2", call -> pad(call, call.input(2))),
                moves("MIRROR_PAD", TfliteMovement::mirror),
                moves("GATHER", TfliteMovement::gather),
                moves("GATHER_ND", call -> call.graph().node("GatherND", call.input(0), call.wide(1))),
                numbers("ONE_HOT", TfliteMovement::oneHot),
                new TfliteOperator("TOPK_V2", TfliteOperator.Arithmetic.MOVES, TfliteMovement::greatest));
    }

    private static Value concatenation(TfliteCall call) {
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < call.inputs(); i++) {
            if (TfliteCall.isQuantized(call.output(0))) {
                TfliteIntegers.checkSameSteps(call, i);
            }
            parts.add(call.input(i));
        }
        Value all = CommonNodes.concat(call.graph(), call.options().integer(0, 0), parts);
        FusedActivation activation = FusedActivation.of(call.options().small(1, 0));
        return call.computesIntegers()
                ? TfliteIntegers.limited(call, all, activation)
                : activation.apply(call.graph(), all);
    }

    private static Value pack(TfliteCall call) {
        GraphBuilder graph = call.graph();
        int axis = call.options().integer(1, 0);
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < call.inputs(); i++) {
            parts.add(CommonNodes.unsqueeze(graph, call.input(i), axis));
        }
        return CommonNodes.concat(graph, axis, parts);
    }

    private static List<Value> unpack(TfliteCall call) {
        GraphBuilder graph = call.graph();
        int axis = call.options().integer(1, 0);
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < call.outputs(); i++) {
            parts.add(graph.node(
                    "Gather",
                    OnnxAttributes.integer("axis", axis),
                    call.input(0),
                    graph.scalar((long) i, DataType.INT64)));
        }
        return parts;
    }

    /** What stands for zero in the input. */
    private static Value padding(TfliteCall call) {
        DataType type = call.declared(0).type();
        long zero = TfliteCall.isQuantized(call.declared(0)) ? call.declared(0).zeroPoint() : 0;
        return call.graph().scalar(zero, type);
    }

    private static Value pads(TfliteCall call) {
        long[] pairs = call.integers(1);
        int rank = call.graph().rank(call.input(0));
        if (pairs.length != 2 * rank) {
            throw new ModelFormatException("expected " + 2 * rank + " numbers of padding, got " + pairs.length);
        }
        long[] pads = new long[pairs.length];
        for (int axis = 0; axis < rank; axis++) {
            pads[axis] = pairs[2 * axis];
            pads[rank + axis] = pairs[2 * axis + 1];
        }
        for (long pad : pads) {
            if (pad < 0) {
                throw new ModelFormatException("expected padding of 0 or more, got " + pad);
            }
        }
        return call.graph().integers(pads);
    }

    private static Value pad(TfliteCall call, Value fill) {
        Value scalar = call.graph().rank(fill) == 0 ? fill : CommonNodes.reshape(call.graph(), fill, new long[0]);
        return call.graph().node("Pad", call.input(0), pads(call), scalar);
    }

    private static Value mirror(TfliteCall call) {
        if (call.options().small(0, 0) != 0) {
            throw new ModelFormatException("the mode SYMMETRIC is not supported");
        }
        return call.graph().node("Pad", OnnxAttributes.text("mode", "reflect"), call.input(0), pads(call));
    }

    private static Value gather(TfliteCall call) {
        if (call.options().integer(1, 0) != 0) {
            throw new ModelFormatException("batch_dims of " + call.options().integer(1, 0) + " are not supported");
        }
        return call.graph()
                .node(
                        "Gather",
                        OnnxAttributes.integer("axis", call.options().integer(0, 0)),
                        call.input(0),
                        call.input(1));
    }

    private static Value oneHot(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value values = CommonNodes.concat(
                graph,
                0,
                List.of(CommonNodes.reshape(graph, call.input(3), 1), CommonNodes.reshape(graph, call.input(2), 1)));
        Value depth = call.input(1);
        // An index below 0 gives a row of off values; ONNX counts it from the end, so it is moved behind the end.
        Value index = graph.node(
                "Where",
                graph.node("Less", call.input(0), graph.scalar(0L, graph.dataType(call.input(0)))),
                graph.cast(depth, graph.dataType(call.input(0))),
                call.input(0));
        return graph.node(
                "OneHot", OnnxAttributes.integer("axis", call.options().integer(0, -1)), index, depth, values);
    }

    private static List<Value> greatest(TfliteCall call) {
        GraphBuilder graph = call.graph();
        Value count = CommonNodes.reshape(graph, call.wide(1), 1);
        List<Value> results =
                graph.nodes("", "TopK", 2, Attributes.NONE, List.of(Optional.of(call.input(0)), Optional.of(count)));
        return List.of(results.getFirst(), graph.cast(results.get(1), DataType.INT32));
    }
}
