package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * ONNX Pad: elements added before and after each axis (all befores, then all afters); negative numbers remove some.
 * Modes: {@code constant}, {@code edge}, {@code reflect}, {@code wrap}. Attributes before opset 11, inputs since.
 */
public final class Pad implements Operator {
    public static final int PADS = 1;
    public static final int VALUE = 2;
    public static final int AXES = 3;

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(x.dataType()));
        }
        Optional<List<Dim>> pads = in.has(PADS)
                ? in.content(PADS)
                : attribute(in).map(p -> Arrays.stream(p).mapToObj(Dim::of).toList());
        Optional<long[]> axes =
                in.has(AXES) ? AxisArguments.numbers(in, AXES) : Optional.of(AxisArguments.all(x.rank()));
        if (pads.isEmpty() || axes.isEmpty()) {
            return List.of(TensorType.of(x.dataType(), AxisArguments.unknown(in, x.rank())));
        }
        int[] normal = AxisArguments.of(axes.get(), x.rank());
        if (pads.get().size() != 2 * normal.length) {
            throw new ModelFormatException(pads.get().size() + " pads for " + normal.length + " axes of " + x);
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        for (int i = 0; i < normal.length; i++) {
            Dim added = pads.get().get(i).plus(pads.get().get(normal.length + i));
            dims.set(normal[i], dims.get(normal[i]).plus(added));
        }
        return List.of(TensorType.of(x.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        Inference in = lowering;
        PadMode mode = PadMode.of(lowering.attributes().text("mode", "constant"));
        float value = lowering.attributes().real("value", 0f);
        lowering.step(run -> {
            long[] before = before(in, run);
            if (mode == PadMode.CONSTANT) {
                surround(run, before, value(run, value), elements);
            } else {
                repeat(run, before, mode);
            }
        });
    }

    /** Elements added before each axis; the output's shape has told how many come after. */
    private static long[] before(Inference in, StepRun run) {
        int rank = run.input(0).shape().rank();
        long[] pads = run.has(PADS)
                ? IntegerTensors.read(run.input(PADS)).orElseThrow()
                : attribute(in).orElseThrow();
        long[] axes = run.has(AXES) ? IntegerTensors.read(run.input(AXES)).orElseThrow() : AxisArguments.all(rank);
        int[] normal = AxisArguments.of(axes, rank);
        long[] before = new long[rank];
        for (int i = 0; i < normal.length; i++) {
            before[normal[i]] = pads[i];
        }
        return before;
    }

    private static Tensor value(StepRun run, float attribute) {
        DataType type = run.input(0).dataType();
        if (run.has(VALUE) && run.input(VALUE).shape().elements() > 0) {
            return run.input(VALUE);
        }
        Tensor value = ElementMover.zero(run, type);
        if (type == DataType.FP32) {
            value.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, attribute);
        } else if (type == DataType.FP64) {
            value.segment().set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, attribute);
        } else if (type == DataType.FP16) {
            value.segment().set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, Float.floatToFloat16(attribute));
        }
        return value;
    }

    /** The elements of x that are in y: their box, and where it begins in both. */
    @SuppressWarnings("ArrayRecordComponent")
    public record Inside(long[] dims, long from, long to) {
        public static Inside of(Shape x, Shape y, long[] before) {
            long[] dims = new long[before.length];
            long from = 0;
            long to = 0;
            for (int axis = 0; axis < dims.length; axis++) {
                long cut = Math.max(0, -before[axis]);
                long start = Math.max(0, before[axis]);
                dims[axis] = Math.max(0, Math.min(x.dim(axis) - cut, y.dim(axis) - start));
                from += cut * x.strides()[axis];
                to += start * y.strides()[axis];
            }
            return new Inside(dims, from, to);
        }
    }

    /**
     * Fills some of y and then copies what of x lies there, while it is still in the caches. Some are planes of the axes in
     * front that are not padded, or of a large one rows.
     */
    private static void surround(StepRun run, long[] before, Tensor value, ElementMover elements) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        Inside inside = Inside.of(x.shape(), y.shape(), before);
        if (y.dataType() == DataType.STRING || before.length == 0) {
            elements.fill(value, y, run.workers());
            copy(run, inside, elements);
            return;
        }
        int axis = 0;
        while (axis < before.length - 1
                && before[axis] == 0
                && x.shape().dim(axis) == y.shape().dim(axis)) {
            axis++;
        }
        new PadWithConstant(inside.dims(), axis, x, inside.from(), y, Math.max(0, before[axis]), inside.to(), value)
                .run(elements, run.workers());
    }

    private static void copy(StepRun run, Inside inside, ElementMover elements) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        elements.copy(
                inside.dims(),
                x,
                inside.from(),
                x.shape().strides(),
                y,
                inside.to(),
                y.shape().strides(),
                run.workers());
    }

    private static void repeat(StepRun run, long[] before, PadMode mode) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        if (y.shape().elements() == 0) {
            return;
        }
        if (x.shape().elements() == 0) {
            throw new IllegalArgumentException("an empty tensor has nothing to repeat");
        }
        PadFromInput.of(mode, x.shape(), y.shape(), before).copy(x, y, run.workers());
    }

    /** Named {@code paddings} in opset 1. */
    public static Optional<long[]> attribute(Inference in) {
        return in.attributes().integers("pads").or(() -> in.attributes().integers("paddings"));
    }
}
