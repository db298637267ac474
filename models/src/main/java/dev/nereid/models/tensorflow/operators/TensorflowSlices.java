package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/** Parts of tensors by where they begin and end. */
final class TensorflowSlices {
    private static final AttributeDefaults MASKS = AttributeDefaults.NONE
            .integer("begin_mask", 0)
            .integer("end_mask", 0)
            .integer("ellipsis_mask", 0)
            .integer("new_axis_mask", 0)
            .integer("shrink_axis_mask", 0);

    private TensorflowSlices() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("Slice", TensorflowSlices::slice),
                row("StridedSlice", MASKS, call -> new Strided(call).result()),
                row("ReverseV2", TensorflowSlices::reverse),
                row(
                        "ReverseSequence",
                        AttributeDefaults.NONE.integer("batch_dim", 0),
                        call -> call.graph()
                                .node(
                                        "ReverseSequence",
                                        OnnxAttributes.integer(
                                                        "batch_axis",
                                                        call.attributes().integer("batch_dim"))
                                                .with(
                                                        "time_axis",
                                                        OnnxAttributes.integerValue(call.attributes()
                                                                .integer("seq_dim"))),
                                        call.input(0),
                                        call.longs(1))));
    }

    /** A size of -1 is up to the end. */
    private static Value slice(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        Value begin = call.longs(1);
        Value size = call.longs(2);
        Value end;
        if (call.knowsIntegers(1) && call.knowsIntegers(2)) {
            long[] from = call.integers(1);
            long[] sizes = call.integers(2);
            if (from.length != sizes.length) {
                throw new ModelFormatException(
                        "it begins at " + from.length + " numbers and has " + sizes.length + " sizes");
            }
            for (int axis = 0; axis < from.length; axis++) {
                sizes[axis] = sizes[axis] < 0 ? Long.MAX_VALUE : Math.addExact(from[axis], sizes[axis]);
            }
            end = graph.integers(sizes);
            begin = graph.integers(from);
        } else {
            Value open = graph.node("Less", size, graph.scalar(0L, DataType.INT64));
            end = graph.node(
                    "Where", open, graph.scalar(Long.MAX_VALUE, DataType.INT64), graph.node("Add", begin, size));
        }
        return graph.node("Slice", call.input(0), begin, end);
    }

    private static Value reverse(TensorflowCall call) {
        int rank = call.rank(0);
        long[] axes = LongStream.of(call.integers(1))
                .map(axis -> TensorflowCall.axis(axis, rank))
                .distinct()
                .toArray();
        return axes.length == 0 ? call.input(0) : reversed(call.graph(), call.input(0), axes);
    }

    static Value reversed(GraphBuilder graph, Value value, long... axes) {
        return graph.node(
                "Slice",
                value,
                graph.integers(LongStream.of(axes).map(_ -> -1).toArray()),
                graph.integers(LongStream.of(axes).map(_ -> -Long.MAX_VALUE).toArray()),
                graph.integers(axes),
                graph.integers(LongStream.of(axes).map(_ -> -1).toArray()));
    }

    /** A StridedSlice: for each of its numbers a slice, one element, a new axis, or all axes that others do not mean. */
    private static final class Strided {
        private final TensorflowCall call;
        private final GraphBuilder graph;
        private final long[] strides;
        private final List<Value> starts = new ArrayList<>();
        private final List<Value> ends = new ArrayList<>();
        private final List<Long> axes = new ArrayList<>();
        private final List<Long> steps = new ArrayList<>();
        private final List<Long> newAxes = new ArrayList<>();
        private Value taken;

        Strided(TensorflowCall call) {
            this.call = call;
            this.graph = call.graph();
            this.strides = call.integers(3);
            this.taken = call.input(0);
            if (strides.length > Integer.SIZE) {
                throw new ModelFormatException("it has " + strides.length + " strides: expected at most 32");
            }
        }

        private boolean mask(String name, int index) {
            return (call.attributes().integer(name) >> index & 1) != 0;
        }

        Value result() {
            int rank = call.rank(0);
            int ellipsis = -1;
            int counted = 0;
            for (int i = 0; i < strides.length; i++) {
                if (mask("ellipsis_mask", i)) {
                    if (ellipsis >= 0) {
                        throw new ModelFormatException("it has two ellipses");
                    }
                    ellipsis = i;
                } else if (!mask("new_axis_mask", i)) {
                    counted++;
                }
            }
            if (counted > rank) {
                throw new ModelFormatException("it slices " + counted + " axes of a tensor of rank " + rank);
            }
            int axis = 0;
            int made = 0;
            List<Integer> dropped = new ArrayList<>();
            List<Integer> droppedBy = new ArrayList<>();
            for (int i = 0; i < strides.length; i++) {
                if (i == ellipsis) {
                    axis += rank - counted;
                    made += rank - counted;
                } else if (mask("new_axis_mask", i)) {
                    newAxes.add((long) made++);
                } else if (mask("shrink_axis_mask", i)) {
                    dropped.add(axis++);
                    droppedBy.add(i);
                } else {
                    range(i, axis++);
                    made++;
                }
            }
            sliced();
            for (int i = dropped.size() - 1; i >= 0; i--) {
                Value index = number(1, droppedBy.get(i));
                taken = graph.node(
                        "Gather",
                        OnnxAttributes.integer("axis", dropped.get(i)),
                        taken,
                        graph.node("Reshape", index, graph.integers()));
            }
            return newAxes.isEmpty()
                    ? taken
                    : CommonNodes.unsqueeze(
                            graph,
                            taken,
                            newAxes.stream().mapToLong(Long::longValue).toArray());
        }

        private void range(int i, int axis) {
            boolean fromStart = mask("begin_mask", i);
            boolean toEnd = mask("end_mask", i);
            if (strides[i] == 0) {
                throw new ModelFormatException("a stride is 0");
            }
            if (fromStart && toEnd && strides[i] == 1) {
                return;
            }
            boolean forward = strides[i] > 0;
            axes.add((long) axis);
            steps.add(strides[i]);
            starts.add(fromStart ? graph.integers(forward ? 0 : Long.MAX_VALUE) : number(1, i));
            ends.add(toEnd ? graph.integers(forward ? Long.MAX_VALUE : -Long.MAX_VALUE) : number(2, i));
        }

        private void sliced() {
            if (axes.isEmpty()) {
                return;
            }
            taken = graph.node(
                    "Slice",
                    taken,
                    joined(starts),
                    joined(ends),
                    graph.integers(axes.stream().mapToLong(Long::longValue).toArray()),
                    graph.integers(steps.stream().mapToLong(Long::longValue).toArray()));
        }

        private Value joined(List<Value> numbers) {
            List<Dim> known = new ArrayList<>();
            numbers.forEach(number -> graph.content(number)
                    .filter(content -> content.size() == 1 && content.getFirst().isKnown())
                    .ifPresent(known::addAll));
            return known.size() == numbers.size()
                    ? graph.integers(known.stream().mapToLong(Dim::value).toArray())
                    : CommonNodes.concat(graph, 0, numbers);
        }

        /** One number of an input, as a list. */
        private Value number(int input, int index) {
            if (call.knowsIntegers(input)) {
                long[] all = call.integers(input);
                if (index >= all.length) {
                    throw new ModelFormatException(
                            "its input " + input + " has " + all.length + " numbers: expected " + strides.length);
                }
                return graph.integers(all[index]);
            }
            return CommonNodes.slice(graph, call.longs(input), 0, index, index + 1);
        }
    }
}
