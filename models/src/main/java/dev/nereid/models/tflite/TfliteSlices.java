package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.moves;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parts of tensors. */
final class TfliteSlices {
    private TfliteSlices() {}

    static List<TfliteOperator> all() {
        return List.of(
                moves("SLICE", TfliteSlices::slice),
                moves("STRIDED_SLICE", TfliteSlices::strided),
                new TfliteOperator("SPLIT", TfliteOperator.Arithmetic.MOVES, TfliteSlices::split),
                new TfliteOperator("SPLIT_V", TfliteOperator.Arithmetic.MOVES, TfliteSlices::splitSizes),
                moves("REVERSE_V2", TfliteSlices::reversed));
    }

    private static Value slice(TfliteCall call) {
        long[] begins = call.integers(1);
        long[] sizes = call.integers(2);
        int rank = call.graph().rank(call.input(0));
        if (begins.length != rank || sizes.length != rank) {
            throw new ModelFormatException(
                    "expected " + rank + " begins and sizes, got " + begins.length + " and " + sizes.length);
        }
        long[] ends = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            ends[axis] = sizes[axis] == -1 ? Long.MAX_VALUE : Math.addExact(begins[axis], sizes[axis]);
        }
        return call.graph()
                .node(
                        "Slice",
                        call.input(0),
                        call.graph().integers(begins),
                        call.graph().integers(ends));
    }

    private static boolean in(int mask, int bit) {
        return bit < Integer.SIZE && (mask >> bit & 1) != 0;
    }

    /** One entry of begin, end and strides after the other, with what the masks say of it. */
    private static Value strided(TfliteCall call) {
        GraphBuilder graph = call.graph();
        FlatbufferTable options = call.options();
        long[] begins = call.integers(1);
        long[] ends = call.integers(2);
        long[] strides = call.integers(3);
        if (ends.length != begins.length || strides.length != begins.length) {
            throw new ModelFormatException("expected as many begins as ends and strides");
        }
        int rank = graph.rank(call.input(0));
        int newAxes = 0;
        for (int i = 0; i < begins.length; i++) {
            newAxes += in(options.integer(3, 0), i) ? 1 : 0;
        }
        List<Long> from = new ArrayList<>();
        List<Long> to = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        List<Long> axes = new ArrayList<>();
        List<Long> made = new ArrayList<>();
        List<Long> gone = new ArrayList<>();
        int axis = 0;
        for (int i = 0; i < begins.length; i++) {
            if (in(options.integer(2, 0), i)) {
                axis += rank + newAxes - (begins.length - 1);
                continue;
            }
            long at = axis++;
            if (in(options.integer(3, 0), i)) {
                made.add(at);
                continue;
            }
            boolean single = in(options.integer(4, 0), i);
            if (strides[i] == 0) {
                throw new ModelFormatException("a stride of 0");
            }
            long first = strides[i] > 0 ? 0 : Long.MAX_VALUE;
            long last = strides[i] > 0 ? Long.MAX_VALUE : Long.MIN_VALUE;
            axes.add(at);
            from.add(in(options.integer(0, 0), i) && !single ? first : begins[i]);
            to.add(
                    single
                            ? begins[i] == -1 ? Long.MAX_VALUE : begins[i] + 1
                            : in(options.integer(1, 0), i) ? last : ends[i]);
            steps.add(single ? 1 : strides[i]);
            if (single) {
                gone.add(at);
            }
        }
        Value x = made.isEmpty() ? call.input(0) : CommonNodes.unsqueeze(graph, call.input(0), array(made));
        Value part = axes.isEmpty()
                ? x
                : graph.node(
                        "Slice",
                        x,
                        graph.integers(array(from)),
                        graph.integers(array(to)),
                        graph.integers(array(axes)),
                        graph.integers(array(steps)));
        return gone.isEmpty() ? part : CommonNodes.squeeze(graph, part, array(gone));
    }

    private static long[] array(List<Long> list) {
        return list.stream().mapToLong(Long::longValue).toArray();
    }

    private static List<Value> split(TfliteCall call) {
        return call.graph()
                .nodes(
                        "",
                        "Split",
                        call.outputs(),
                        OnnxAttributes.integer("axis", call.axis(0))
                                .with("num_outputs", OnnxAttributes.integerValue(call.outputs())),
                        List.of(Optional.of(call.input(1))));
    }

    private static List<Value> splitSizes(TfliteCall call) {
        long[] sizes = call.integers(1);
        int axis = call.axis(2);
        long known = 0;
        for (long size : sizes) {
            known += size < 0 ? 0 : size;
        }
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1) {
                if (!call.graph().dim(call.input(0), axis).isKnown()) {
                    throw new ModelFormatException("the extent of axis " + axis + " is not known");
                }
                sizes[i] = call.graph().dim(call.input(0), axis).value() - known;
                known += sizes[i];
            }
        }
        return call.graph()
                .nodes(
                        "",
                        "Split",
                        call.outputs(),
                        OnnxAttributes.integer("axis", axis),
                        List.of(
                                Optional.of(call.input(0)),
                                Optional.of(call.graph().integers(sizes))));
    }

    private static Value reversed(TfliteCall call) {
        GraphBuilder graph = call.graph();
        long[] axes = call.integers(1);
        long[] from = new long[axes.length];
        long[] to = new long[axes.length];
        long[] steps = new long[axes.length];
        for (int i = 0; i < axes.length; i++) {
            from[i] = -1;
            to[i] = Long.MIN_VALUE;
            steps[i] = -1;
        }
        return graph.node(
                "Slice",
                call.input(0),
                graph.integers(from),
                graph.integers(to),
                graph.integers(axes),
                graph.integers(steps));
    }
}
