package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Slice: from {@code starts} to before {@code ends} along {@code axes}, in {@code steps} that may be negative.
 * Positions beyond the tensor are cut off. Attributes before opset 10, inputs since.
 */
public final class Slice implements Operator {
    public static final int STARTS = 1;
    private static final int ENDS = 2;
    public static final int AXES = 3;
    public static final int STEPS = 4;
    /** What exporters write for "to the end"; no tensor is that long. */
    private static final long END = Integer.MAX_VALUE;

    /** The arguments as numbers, one for each sliced axis. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Arguments(long[] starts, long[] ends, int[] axes, long[] steps) {}

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        Optional<List<Dim>> starts = argument(in, "starts", STARTS);
        Optional<List<Dim>> ends = argument(in, "ends", ENDS);
        Optional<List<Dim>> axes = argument(in, "axes", AXES);
        Optional<List<Dim>> steps = argument(in, "steps", STEPS);
        if ((in.has(AXES) && axes.isEmpty()) || (axes.isEmpty() && starts.isEmpty())) {
            return List.of(TensorType.of(x.dataType(), AxisArguments.unknown(in, x.rank())));
        }
        long[] raw = axes.map(list -> list.stream().mapToLong(Dim::value).toArray())
                .orElseGet(() -> AxisArguments.all(starts.orElseThrow().size()));
        int[] normal = AxisArguments.of(raw, x.rank());
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        for (int i = 0; i < normal.length; i++) {
            Dim extent = dims.get(normal[i]);
            Optional<Dim> start = at(starts, i);
            Optional<Dim> end = at(ends, i);
            Optional<Dim> step = in.has(STEPS) ? at(steps, i) : Optional.of(Dim.of(1));
            Optional<Dim> length = start.isPresent() && end.isPresent() && step.isPresent()
                    ? length(extent, start.get(), end.get(), step.get())
                    : Optional.empty();
            dims.set(normal[i], length.orElseGet(in::unknownDim));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Inference in = lowering;
        lowering.step(run -> slice(run, arguments(in, run), elements));
    }

    private static void slice(StepRun run, Arguments arguments, ElementMover elements) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        long[] strides = x.shape().strides();
        long offset = 0;
        for (int i = 0; i < arguments.axes.length; i++) {
            int axis = arguments.axes[i];
            long extent = x.shape().dim(axis);
            if (y.shape().elements() > 0) {
                offset += first(extent, arguments.starts[i], arguments.steps[i]) * strides[axis];
            }
            strides[axis] *= arguments.steps[i];
        }
        elements.copy(y.shape().dims(), x, offset, strides, y, 0, y.shape().strides(), run.workers());
    }

    private static Arguments arguments(Inference in, StepRun run) {
        Shape x = run.input(0).shape();
        long[] starts = argument(in, run, "starts", STARTS).orElseThrow();
        long[] ends = argument(in, run, "ends", ENDS).orElseThrow();
        long[] axes = argument(in, run, "axes", AXES).orElseGet(() -> AxisArguments.all(starts.length));
        long[] steps = argument(in, run, "steps", STEPS).orElseGet(() -> {
            long[] ones = new long[starts.length];
            Arrays.fill(ones, 1);
            return ones;
        });
        return new Arguments(starts, ends, AxisArguments.of(axes, x.rank()), steps);
    }

    private static Optional<long[]> argument(Inference in, StepRun run, String attribute, int input) {
        return run.has(input)
                ? IntegerTensors.read(run.input(input))
                : in.attributes().integers(attribute);
    }

    public static Optional<List<Dim>> argument(Inference in, String attribute, int input) {
        if (in.has(input)) {
            return in.content(input);
        }
        return in.attributes()
                .integers(attribute)
                .map(values -> Arrays.stream(values).mapToObj(Dim::of).toList());
    }

    private static Optional<Dim> at(Optional<List<Dim>> list, int index) {
        return list.filter(dims -> index < dims.size()).map(dims -> dims.get(index));
    }

    /** The index of the first element taken; outside [0, extent) only where none is. A step back never starts before 0. */
    public static long first(long extent, long start, long step) {
        long from = start < 0 ? start + extent : start;
        return step > 0 ? Math.clamp(from, 0, extent) : Math.clamp(from, Math.min(0, extent - 1), extent - 1);
    }

    /** The index behind the last element that may be taken. */
    private static long behind(long extent, long end, long step) {
        long to = end < 0 ? end + extent : end;
        return step > 0 ? Math.clamp(to, 0, extent) : Math.clamp(to, -1, extent - 1);
    }

    private static Optional<Dim> length(Dim extent, Dim start, Dim end, Dim step) {
        if (!step.isKnown()) {
            return Optional.empty();
        }
        if (step.is(0)) {
            throw new ModelFormatException("a step is 0");
        }
        if (extent.isKnown() && start.isKnown() && end.isKnown()) {
            return Optional.of(Dim.of(length(extent.value(), start.value(), end.value(), step.value())));
        }
        if (step.value() < 0) {
            return Optional.empty();
        }
        Optional<Dim> from = position(extent, start);
        Optional<Dim> to = position(extent, end);
        if (from.isEmpty() || to.isEmpty()) {
            return Optional.empty();
        }
        Dim length = to.get().minus(from.get());
        boolean whole = from.get().is(0) || length.isKnown();
        Dim cut = whole ? length : Dim.max(length, Dim.of(0));
        return Optional.of(cut.ceilDivide(step));
    }

    private static long length(long extent, long start, long end, long step) {
        long from = first(extent, start, step);
        long to = behind(extent, end, step);
        return Math.max(0, Math.ceilDiv(to - from, step));
    }

    /** Where a start or end lies in an axis of a formula's extent; empty where its sign cannot be told. */
    private static Optional<Dim> position(Dim extent, Dim position) {
        if (!position.isKnown()) {
            boolean isDim = position.symbols().size() == 1
                    && position.equals(Dim.symbol(position.symbols().iterator().next()));
            return isDim || position.equals(extent) ? Optional.of(Dim.min(position, extent)) : Optional.empty();
        }
        long value = position.value();
        if (value == 0 || value >= END) {
            return Optional.of(value == 0 ? position : extent);
        }
        return Optional.of(
                value > 0 ? Dim.min(position, extent) : Dim.max(extent.plus(Math.max(value, -END)), Dim.of(0)));
    }
}
