package dev.nereid.models.operators.movement;

import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;

/** Applies the taps of every axis to input 0 of a step: all at once where one tap counts, else axis by axis. */
final class Interpolation {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Interpolation() {}

    /** The output of single elements of any datatype. */
    static void pick(StepRun run, AxisTaps[] taps, float extrapolation, Elements elements) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        long count = y.shape().elements();
        MemorySegment indices = Elements.indices(run, count);
        long[] strides = x.shape().strides();
        Positions positions = new Positions(y.shape());
        for (long i = 0; i < count; i++) {
            long source = 0;
            for (int axis = 0; axis < taps.length; axis++) {
                source += picked(taps[axis], (int) positions.at(axis)) * strides[axis];
            }
            Elements.index(indices, i, source);
            positions.next();
        }
        elements.gather(1, 1, x.shape().elements(), count, x, indices, y, run.workers());
        extrapolate(y, taps, extrapolation);
    }

    /** The output of weighted sums, computed as FP32. */
    static void interpolate(StepRun run, AxisTaps[] taps, float extrapolation) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        Tensor current = toFloats(run, x);
        for (int axis = 0; axis < taps.length; axis++) {
            if (x.shape().dim(axis) != y.shape().dim(axis) || !isIdentity(taps[axis])) {
                Shape shape = current.shape().withDim(axis, y.shape().dim(axis));
                Tensor next = Tensor.of(DataType.FP32, shape, run.scratch(4 * shape.elements()));
                resample(run, current, next, axis, taps[axis]);
                current = next;
            }
        }
        for (long i = 0; i < y.shape().elements(); i++) {
            store(y, i, current.segment().get(FLOAT, 4 * i));
        }
        extrapolate(y, taps, extrapolation);
    }

    /** One axis: {@code y[o, j, i] = sum over taps of weight * x[o, index, i]}, split over o and j. */
    private static void resample(StepRun run, Tensor x, Tensor y, int axis, AxisTaps taps) {
        int rank = x.shape().rank();
        long inner = x.shape().elements(axis + 1, rank);
        long from = x.shape().dim(axis);
        long to = y.shape().dim(axis);
        long rows = x.shape().elements(0, axis) * to;
        int tasks = (int) Math.max(1, Math.min(run.workers().count(), rows * inner >> 16));
        run.workers().run(tasks, task -> {
            for (long row = rows * task / tasks; row < rows * (task + 1) / tasks; row++) {
                int position = (int) (row % to);
                resampleRow(x.segment(), row / to * from, y.segment(), row, inner, taps, position);
            }
        });
    }

    private static void resampleRow(
            MemorySegment x, long firstRow, MemorySegment y, long row, long inner, AxisTaps taps, int position) {
        for (long i = 0; i < inner; i++) {
            float sum = 0;
            for (int tap = position * taps.width(); tap < (position + 1) * taps.width(); tap++) {
                long source = (firstRow + taps.indices()[tap]) * inner + i;
                sum += taps.weights()[tap] * x.get(FLOAT, 4 * source);
            }
            y.set(FLOAT, 4 * (row * inner + i), sum);
        }
    }

    private static Tensor toFloats(StepRun run, Tensor x) {
        if (x.dataType() == DataType.FP32) {
            return x;
        }
        MemorySegment floats = run.scratch(4 * x.shape().elements());
        for (long i = 0; i < x.shape().elements(); i++) {
            floats.set(FLOAT, 4 * i, (float) Numbers.real(x, i));
        }
        return Tensor.of(DataType.FP32, x.shape(), floats);
    }

    /** Integers are cut off towards zero and at the ends of their range. */
    private static void store(Tensor y, long i, float value) {
        if (y.dataType().isFloat()) {
            Numbers.setReal(y, i, value);
            return;
        }
        int bits = 8 * y.dataType().bytes();
        boolean signed = y.dataType().kind() == DataType.Kind.SIGNED;
        long low = signed ? -1L << (bits - 1) : 0;
        long high = bits == 64 ? Long.MAX_VALUE : (1L << (signed ? bits - 1 : bits)) - 1;
        Numbers.setInteger(y, i, Math.clamp((long) value, low, high));
    }

    private static void extrapolate(Tensor y, AxisTaps[] taps, float value) {
        boolean any = false;
        for (AxisTaps axis : taps) {
            for (boolean outside : axis.outside()) {
                any |= outside;
            }
        }
        if (!any) {
            return;
        }
        Positions positions = new Positions(y.shape());
        for (long i = 0; i < y.shape().elements(); i++) {
            boolean outside =
                    IntStream.range(0, taps.length).anyMatch(axis -> taps[axis].outside()[(int) positions.at(axis)]);
            if (outside) {
                store(y, i, value);
            }
            positions.next();
        }
    }

    private static int picked(AxisTaps taps, int position) {
        int first = position * taps.width();
        for (int tap = first; tap < first + taps.width(); tap++) {
            if (taps.weights()[tap] != 0) {
                return taps.indices()[tap];
            }
        }
        return taps.indices()[first];
    }

    private static boolean isIdentity(AxisTaps taps) {
        for (int position = 0; position < taps.outside().length; position++) {
            for (int tap = position * taps.width(); tap < (position + 1) * taps.width(); tap++) {
                boolean own = taps.indices()[tap] == position;
                if (!own && taps.weights()[tap] != 0) {
                    return false;
                }
            }
        }
        return true;
    }
}
