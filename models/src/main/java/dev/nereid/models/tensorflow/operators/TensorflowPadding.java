package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Padding, by a number or by what lies at the border. */
final class TensorflowPadding {
    private TensorflowPadding() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("Pad", call -> constant(call, Optional.empty())),
                row("PadV2", call -> constant(call, Optional.of(call.input(2)))),
                row("MirrorPad", TensorflowPadding::mirrored));
    }

    private static Value constant(TensorflowCall call, Optional<Value> number) {
        GraphBuilder graph = call.graph();
        Optional<Value> first = call.layouts().find(call.input(0));
        if (first.isPresent() && call.knowsIntegers(1)) {
            long[] pads = pads(call);
            int rank = pads.length / 2;
            long[] moved = new long[pads.length];
            for (int axis = 0; axis < rank; axis++) {
                int to = axis == 0 ? 0 : axis == rank - 1 ? 1 : axis + 1;
                moved[to] = pads[axis];
                moved[rank + to] = pads[rank + axis];
            }
            return call.layouts().last(graph, pad(graph, first.get(), graph.integers(moved), number));
        }
        Value pads = call.knowsIntegers(1) ? graph.integers(pads(call)) : computed(call);
        return pad(graph, call.input(0), pads, number);
    }

    private static Value pad(GraphBuilder graph, Value value, Value pads, Optional<Value> number) {
        return number.isPresent() ? graph.node("Pad", value, pads, number.get()) : graph.node("Pad", value, pads);
    }

    /** Before each axis, then behind each: TensorFlow has pairs. */
    private static long[] pads(TensorflowCall call) {
        long[] pairs = call.integers(1);
        int rank = call.rank(0);
        if (pairs.length != 2 * rank) {
            throw new ModelFormatException("its paddings are " + pairs.length + " numbers: expected " + 2 * rank);
        }
        long[] pads = new long[pairs.length];
        for (int axis = 0; axis < rank; axis++) {
            pads[axis] = pairs[2 * axis];
            pads[rank + axis] = pairs[2 * axis + 1];
        }
        return pads;
    }

    private static Value computed(TensorflowCall call) {
        return call.longs(
                CommonNodes.reshape(call.graph(), CommonNodes.transpose(call.graph(), call.input(1), 1, 0), -1));
    }

    private static Value mirrored(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        String mode = call.attributes().text("mode");
        if (mode.equals("REFLECT")) {
            Value pads = call.knowsIntegers(1) ? graph.integers(pads(call)) : computed(call);
            return graph.node("Pad", OnnxAttributes.text("mode", "reflect"), call.input(0), pads);
        }
        if (!mode.equals("SYMMETRIC")) {
            throw new ModelFormatException("mode '" + mode + "': expected REFLECT or SYMMETRIC");
        }
        long[] pads = pads(call);
        int rank = pads.length / 2;
        Value value = call.input(0);
        for (int axis = 0; axis < rank; axis++) {
            value = symmetric(graph, value, axis, pads[axis], pads[rank + axis]);
        }
        return value;
    }

    /** The border is mirrored with its outermost element. */
    private static Value symmetric(GraphBuilder graph, Value value, int axis, long before, long behind) {
        List<Value> parts = new ArrayList<>();
        if (before > 0) {
            parts.add(backwards(graph, value, axis, before - 1, -Long.MAX_VALUE));
        }
        parts.add(value);
        if (behind > 0) {
            parts.add(backwards(graph, value, axis, -1, -behind - 1));
        }
        return CommonNodes.concat(graph, axis, parts);
    }

    private static Value backwards(GraphBuilder graph, Value value, int axis, long from, long to) {
        return graph.node(
                "Slice", value, graph.integers(from), graph.integers(to), graph.integers(axis), graph.integers(-1));
    }
}
