package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * ONNX Unique: the different slices along {@code axis} (or elements of the flattened input), sorted or in the order of
 * their first occurrence. Further outputs, INT64: where each occurs first, which one each input slice is, how often
 * each occurs.
 */
final class Unique implements Operator {
    private static final int FIRST = 1;
    private static final int INVERSE = 2;
    private static final int COUNTS = 3;

    /** Slices that are equal: their positions, ascending. */
    private record Group(List<Long> members) {
        long first() {
            return members.getFirst();
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Dim count = in.unknownDim();
        TensorType perGroup = TensorType.of(DataType.INT64, List.of(count));
        Optional<Long> axis = in.attributes().integer("axis");
        if (axis.isPresent() && !x.hasRank()) {
            return List.of(x, perGroup, TensorType.of(DataType.INT64, AxisArguments.unknown(in, 1)), perGroup);
        }
        List<Dim> dims = new ArrayList<>(axis.isPresent() ? x.dims().orElseThrow() : List.of(count));
        Dim extent = in.unknownDim();
        if (axis.isPresent()) {
            int normal = AxisArguments.of(axis.get(), x.rank());
            extent = dims.set(normal, count);
        } else if (x.hasRank()) {
            extent = Dim.product(x.dims().orElseThrow());
        }
        TensorType inverse = TensorType.of(DataType.INT64, List.of(extent));
        return List.of(TensorType.of(x.dataType(), dims), perGroup, inverse, perGroup);
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Optional<Long> attribute = lowering.attributes().integer("axis");
        boolean sorted = lowering.attributes().integer("sorted", 1) != 0;
        lowering.step(run -> {
            Tensor x = run.input(0);
            int axis = attribute.isPresent()
                    ? AxisArguments.of(attribute.get(), x.shape().rank())
                    : 0;
            Tensor sliced =
                    attribute.isPresent() ? x : x.withShape(Shape.of(x.shape().elements()));
            unique(run, sliced, axis, sorted, elements);
        });
    }

    private static void unique(StepRun run, Tensor x, int axis, boolean sorted, ElementMover elements) {
        List<Group> groups = groups(x, axis);
        if (!sorted) {
            groups.sort(Comparator.comparingLong(Group::first));
        }
        long extent = x.shape().dim(axis);
        MemorySegment picked = ElementMover.indices(run, groups.size());
        for (int i = 0; i < groups.size(); i++) {
            ElementMover.index(picked, i, groups.get(i).first());
        }
        if (run.wants(0)) {
            Tensor y = run.allocate(0, x.shape().withDim(axis, groups.size()));
            long block = x.shape().elements(axis + 1, x.shape().rank());
            long outer = x.shape().elements(0, axis);
            elements.gather(block, outer, extent, groups.size(), x, picked, y, run.workers());
        }
        long[] inverse = new long[(int) extent];
        for (int i = 0; i < groups.size(); i++) {
            for (long member : groups.get(i).members()) {
                inverse[(int) member] = i;
            }
        }
        write(run, FIRST, groups.stream().mapToLong(Group::first).toArray());
        write(run, INVERSE, inverse);
        write(
                run,
                COUNTS,
                groups.stream().mapToLong(group -> group.members().size()).toArray());
    }

    private static List<Group> groups(Tensor x, int axis) {
        Comparator<Long> order = (i, j) -> compare(x, axis, i, j);
        List<Group> groups = new ArrayList<>();
        for (long slice :
                LongStream.range(0, x.shape().dim(axis)).boxed().sorted(order).toList()) {
            if (groups.isEmpty() || compare(x, axis, groups.getLast().first(), slice) != 0) {
                groups.add(new Group(new ArrayList<>()));
            }
            groups.getLast().members().add(slice);
        }
        return groups;
    }

    private static int compare(Tensor x, int axis, long i, long j) {
        long inner = x.shape().elements(axis + 1, x.shape().rank());
        long outer = x.shape().elements(0, axis);
        long extent = x.shape().dim(axis);
        for (long o = 0; o < outer; o++) {
            for (long k = 0; k < inner; k++) {
                int result = compareElements(x, (o * extent + i) * inner + k, (o * extent + j) * inner + k);
                if (result != 0) {
                    return result;
                }
            }
        }
        return 0;
    }

    private static int compareElements(Tensor x, long i, long j) {
        return x.dataType() == DataType.STRING
                ? Arrays.compareUnsigned(x.strings()[(int) i], x.strings()[(int) j])
                : ScalarElements.compare(x, i, j);
    }

    private static void write(StepRun run, int output, long[] values) {
        if (run.wants(output)) {
            MemorySegment y = run.allocate(output, Shape.of(values.length)).segment();
            for (int i = 0; i < values.length; i++) {
                y.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, values[i]);
            }
        }
    }
}
